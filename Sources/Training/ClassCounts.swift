/// How much there is to learn from of each class, for a plan's notes.
package struct ClassCounts {
  /// Below this, a class has few examples.
  package static let few = 10
  private static let shown = 5

  private let counts: [(name: String, count: Int)]
  private let examples: String

  /// - Parameters:
  ///   - counts: of each class, in the order of the names.
  ///   - examples: what is counted, in the plural.
  package init(_ names: [String], _ counts: [Int], of examples: String) {
    self.counts = zip(names, counts).map { ($0, $1) }
    self.examples = examples
  }

  /// The classes without anything to learn from, and those with few examples; nothing where there are none of either.
  package var notes: [String] {
    let missing = counts.filter { $0.count == 0 }
    let scarce = counts.filter { (1..<ClassCounts.few).contains($0.count) }.sorted { $0.count < $1.count }
    return [
      line("no \(examples) to learn from of:", missing.map(\.name)),
      line("few \(examples) of:", scarce.map { "\($0.name) (\($0.count))" }),
    ].compactMap(\.self)
  }

  private func line(_ beginning: String, _ classes: [String]) -> String? {
    guard !classes.isEmpty else { return nil }
    let rest = classes.count - ClassCounts.shown
    let more = rest > 0 ? " and \(rest) more" : ""
    return "\(beginning) \(classes.prefix(ClassCounts.shown).joined(separator: ", "))\(more)"
  }
}
