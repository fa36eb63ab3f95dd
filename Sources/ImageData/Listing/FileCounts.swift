import SplitMaskCore

/// Files by the ending of their names, in lower case with its dot; files without an ending are under the empty text.
struct FileCounts: Sendable, CustomStringConvertible {
  private(set) var byEnding: [String: Int] = [:]
  /// The first few names.
  private(set) var examples: [String] = []

  /// How many there are.
  var total: Int { byEnding.values.reduce(0, +) }

  /// The most frequent endings with their numbers: `20 .xml, 3 .jp2, 1 without an ending`.
  var description: String {
    let sorted = byEnding.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var parts = sorted.prefix(Self.shownEndings).map { "\($0.value) \($0.key.isEmpty ? "without an ending" : $0.key)" }
    let rest = sorted.dropFirst(Self.shownEndings)
    if !rest.isEmpty { parts.append("\(rest.reduce(0) { $0 + $1.value }) of \(rest.count) other endings") }
    return parts.joined(separator: ", ")
  }

  private static let shownEndings = 6

  /// Counts a file.
  mutating func add(_ name: some BidirectionalCollection<UInt8>) {
    byEnding[Self.ending(of: name) ?? "", default: 0] += 1
    if examples.count < 5 { examples.append(PrintableName.text(name)) }
  }

  /// Adds what another one has counted.
  mutating func add(_ other: FileCounts) {
    byEnding.merge(other.byEnding, uniquingKeysWith: +)
    examples = Array((examples + other.examples).prefix(5))
  }

  /// What follows the last dot of a name, with the dot, in lower case. Nil for a name without one, and where digits alone
  /// follow, which number files (`frame.0001`).
  static func ending(of name: some BidirectionalCollection<UInt8>) -> String? {
    let base = name.lastIndex(of: UInt8(ascii: "/")).map { name.index(after: $0) } ?? name.startIndex
    guard let dot = name[base...].lastIndex(of: UInt8(ascii: ".")) else { return nil }
    let suffix = name[name.index(after: dot)...]
    guard !suffix.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return suffix.count <= longestEnding ? "." + PrintableName.text(suffix).lowercased() : ".…"
  }

  /// Longer ones are hardly endings, and counted together.
  private static let longestEnding = 12
}
