import Foundation

extension DataScan: CustomStringConvertible {
  /// The findings in words, a line each; at most twenty unreadable images and ten groups of duplicates are named.
  public var description: String {
    var lines = ["\(imageCount) images, \(Self.size(byteCount))"]
    func add(_ title: String, _ text: String) {
      lines.append(title.padding(toLength: 12, withPad: " ", startingAt: 0) + text)
    }
    if !classes.isEmpty {
      let counts = Spread(Array(classes.values))!
      add("classes", "\(classes.count), of \(counts.minimum) to \(counts.maximum) images")
    }
    add("formats", Self.counts(formats))
    add("channels", Self.counts(channelLayouts))
    if let width { add("width", Self.text(width)) }
    if let height { add("height", Self.text(height)) }
    add("short side", shortSides.map { "\($0.from)–\($0.to - 1): \($0.count)" }.joined(separator: " · "))
    add("duplicates", duplicateText)
    lines += named(duplicates.map { $0.joined(separator: " = ") }, atMost: 10)
    add("unreadable", unreadable.isEmpty ? "none" : "\(unreadable.count)")
    lines += named(unreadable.map(\.description), atMost: 20)
    if !notes.isEmpty { add("notes", notes.joined(separator: "; ")) }
    return lines.joined(separator: "\n")
  }

  private var duplicateText: String {
    guard !duplicates.isEmpty else { return "none" }
    let copies = duplicates.reduce(0) { $0 + $1.count - 1 }
    return "\(copies) copies of \(duplicates.count) images"
  }

  private func named(_ items: [String], atMost limit: Int) -> [String] {
    let shown = items.prefix(limit).map { "  " + $0 }
    return items.count > limit ? shown + ["  and \(items.count - limit) more"] : shown
  }

  private static func text(_ spread: Spread) -> String {
    "\(spread.minimum) to \(spread.maximum), half of them up to \(spread.median)"
  }

  private static func counts(_ counts: [String: Int]) -> String {
    guard !counts.isEmpty else { return "none" }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
      .joined(separator: " · ")
  }

  private static func size(_ byteCount: Int) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    guard let unit = units.first(where: { byteCount >= $0.0 }) else { return "\(byteCount) bytes" }
    return String(format: "%.1f %@", Double(byteCount) / Double(unit.0), unit.1 as NSString)
  }
}
