import Foundation

/// "52.40 %".
package func percent(_ value: Double) -> String { String(format: "%.2f %%", value) }

/// "50,000".
package func grouped(_ count: Int) -> String {
  let digits = String(count)
  return digits.enumerated().reduce(into: "") { text, digit in
    if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { text += "," }
    text.append(digit.element)
  }
}

/// A title and lines of two aligned columns.
package func table(_ title: String, _ rows: [(String, String)]) -> String {
  let width = rows.map(\.0.count).max() ?? 0
  let lines = rows.map { "  " + $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }
  return ([title] + lines).joined(separator: "\n")
}
