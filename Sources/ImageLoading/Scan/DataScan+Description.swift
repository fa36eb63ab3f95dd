import Foundation
import SplitMaskCore

extension DataScan: CustomStringConvertible {
  /// The findings in words, a line each; of long lists the beginning.
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
    for (number, kind) in kinds.prefix(Self.kindLimit).enumerated() {
      add(number == 0 ? "pixels" : "", kind.line)
      if let details = kind.details { add("", "  " + details) }
    }
    if kinds.count > Self.kindLimit { add("", "and \(kinds.count - Self.kindLimit) other kinds") }
    if let width { add("width", Self.text(width)) }
    if let height { add("height", Self.text(height)) }
    add("short side", shortSides.map { "\($0.from)–\($0.to - 1): \($0.count)" }.joined(separator: " · "))
    for kind in measuredKinds {
      add("values", "of \(kind)")
      lines += kind.valueLines
    }
    add("empty", Self.text(emptyImages, "one value in each channel"))
    add("saturated", Self.text(saturatedImages, "more than half of the values at the type's limit"))
    add("duplicates", duplicateText)
    lines += named(duplicateGroups, atMost: 10)
    add("unreadable", unreadable.isEmpty ? "none" : "\(unreadable.count)")
    lines += named(unreadable.map(\.description), atMost: 20)
    if !notes.isEmpty { add("notes", notes.joined(separator: "; ")) }
    let typed = kinds.isEmpty ? [] : advice.lines
    for (number, line) in typed.enumerated() { add(number == 0 ? "to pretrain" : "", line) }
    return lines.joined(separator: "\n")
  }

  /// The most kinds that are named.
  private static let kindLimit = 10

  /// The frequent kinds whose values are shown.
  var measuredKinds: [Kind] { Array(kinds.filter { !$0.channels.isEmpty }.prefix(3)) }

  /// The names of images that are the same bytes, a few of each group.
  package var duplicateGroups: [String] {
    duplicates.map { names in
      let rest = names.count > 3 ? ["\(HumanReadable.count(names.count - 3)) more"] : []
      return (names.prefix(3) + rest).joined(separator: " = ")
    }
  }

  private var duplicateText: String {
    guard !duplicates.isEmpty else { return "none" }
    let copies = duplicates.reduce(0) { $0 + $1.count - 1 }
    return
      "\(copies) \(copies == 1 ? "copy" : "copies") of \(duplicates.count) \(duplicates.count == 1 ? "image" : "images")"
  }

  private func named(_ items: [String], atMost limit: Int) -> [String] {
    let shown = items.prefix(limit).map { "  " + $0 }
    return items.count > limit ? shown + ["  and \(items.count - limit) more"] : shown
  }

  private static func text(_ examples: Examples, _ meaning: String) -> String {
    guard examples.count > 0 else { return "none" }
    let noun = examples.count == 1 ? "image" : "images"
    let names = examples.examples.prefix(3).joined(separator: ", ")
    return "\(HumanReadable.count(examples.count)) \(noun) (\(meaning)), such as \(names)"
  }

  /// A stored value: whole numbers whole, others with four digits.
  static func text(_ value: Double) -> String {
    (1000..<1e15).contains(abs(value)) || value == value.rounded() && abs(value) < 1000
      ? HumanReadable.fixed(value, 0) : HumanReadable.number(value)
  }

  /// A share in percent.
  static func text(share: Double) -> String {
    switch share {
    case 0: "0"
    case ..<0.0001: "< 0.01 %"
    default: HumanReadable.fixed(100 * share, 2) + " %"
    }
  }

  static func text(_ spread: Spread) -> String {
    guard spread.minimum < spread.maximum else { return "\(spread.minimum)" }
    return "\(spread.minimum) to \(spread.maximum), half of them up to \(spread.median)"
  }

  static func counts(_ counts: [String: Int]) -> String {
    guard !counts.isEmpty else { return "none" }
    return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map {
      "\($0.key) \(HumanReadable.count($0.value))"
    }
    .joined(separator: " · ")
  }

  static func size(_ byteCount: Int) -> String {
    let units = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")]
    guard let unit = units.first(where: { byteCount >= $0.0 }) else { return "\(byteCount) bytes" }
    return String(format: "%.1f %@", Double(byteCount) / Double(unit.0), unit.1 as NSString)
  }
}

extension DataScan.Kind {
  /// "7 channels of uint16: 4,212 (such as a.tif)".
  var line: String { "\(self): \(HumanReadable.count(count)) (such as \(example))" }

  /// The most channels of a table for people.
  static let shownChannelLimit = 32

  /// A table of the channels, its columns aligned.
  fileprivate var valueLines: [String] {
    let shown = channels.prefix(Self.shownChannelLimit)
    // The last column is left out where it would say nothing.
    let columns = DataScan.ChannelStatistics.titles.count - (shown.contains { $0.missingShare > 0 } ? 0 : 1)
    let rows = ([DataScan.ChannelStatistics.titles] + shown.map(\.cells)).map { Array($0.prefix(columns)) }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
    let lines = rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }
      return "  " + cells.joined(separator: "  ")
    }
    let rest = channels.count - Self.shownChannelLimit
    return rest > 0 ? lines + ["  and \(rest) more channels"] : lines
  }
}

extension DataScan.ChannelStatistics {
  /// The columns of a table.
  static let titles = ["", "min", "0.1 %", "mean", "99.9 %", "max", "at max", "missing"]

  /// A row of the table.
  var cells: [String] {
    [name] + [least, low, mean, high, greatest].map { $0.map { DataScan.text($0) } ?? "none" }
      + [saturatedShare, missingShare].map { DataScan.text(share: $0) }
  }
}

extension DataScan.Advice {
  /// What to type, with what is needed.
  var command: String {
    (["splitmask pretrain IMAGES --out RUN"] + settings.filter(\.isNeeded).map(\.flag)).joined(separator: " ")
  }

  /// The questions, the command, and what else may be said, a line each.
  var lines: [String] {
    let needed = settings.filter(\.isNeeded)
    return questions.map { "pretrain will ask: \($0)" } + [command]
      + needed.map { "  \($0.flag): \($0.reason)" }
      + settings.filter { !$0.isNeeded }.map { "also \($0.flag) \($0.reason)" }
  }
}
