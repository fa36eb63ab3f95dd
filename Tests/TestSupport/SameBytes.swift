package import Foundation

/// Whether two files hold the same bytes. A comparison of `Data` inside `#expect` would look for all differences, which takes
/// minutes where there are many.
package func haveSameBytes(_ first: URL, _ second: URL) throws -> Bool {
  try Data(contentsOf: first) == Data(contentsOf: second)
}
