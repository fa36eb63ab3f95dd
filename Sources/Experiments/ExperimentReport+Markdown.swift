import Comparisons
import DurableFiles
public import Foundation
import SplitMaskCore
import Training

extension ExperimentReport {
  /// The report as a Markdown document.
  public var markdown: String {
    let head = ["# \(recipe): \(title)", question]
    let facts = Markdown.table(
      head: ["", ""], rows: facts.map { [Markdown.escaped($0.name), Markdown.escaped($0.value)] })
    return (head + [facts, "## Results", "\(legend) \(howToRead)", table] + reasons + remarks)
      .joined(separator: "\n\n") + "\n"
  }

  private var howToRead: String {
    let spread = seeds > 1 ? "mean ± sample standard deviation over \(seeds) seeds" : "one seed, so without a deviation"
    return "First what was measured here (\(spread)), then in brackets what the paper has."
  }

  private var table: String {
    let rows = rows.map { row in
      [row] + columns.map { cell(row: row, column: $0).map(text) ?? "–" }
    }
    return Markdown.alignedTable(head: [""] + columns, rows: rows)
  }

  private func text(_ cell: Cell) -> String {
    let published = cell.published.map { value in
      switch value {
      case .number(let number): "(\(ExperimentReport.published(number)))"
      case .words(let words): "(\(words))"
      }
    }
    let measured = cell.measured.map { ExperimentReport.text($0, unit: cell.unit) + missingSeeds($0) }
    return [measured ?? "–", published].compactMap(\.self).joined(separator: " ")
  }

  private func missingSeeds(_ measured: Measured) -> String {
    measured.count < seeds ? " (n = \(measured.count))" : ""
  }

  private static func text(_ measured: Measured, unit: Unit?) -> String {
    func number(_ value: Double) -> String {
      switch unit {
      case .hours where value < 1.0 / 60: ComparisonReport.fixed(value * 3600, 1) + "s"
      case .hours: HumanReadable.duration(value * 3600)
      case .updates: HumanReadable.count(Int(value.rounded()))
      case .percent, nil: ComparisonReport.fixed(value, 1)
      }
    }
    // Updates are the same for every seed.
    guard unit != .updates, let deviation = measured.deviation else { return number(measured.mean) }
    return "\(number(measured.mean)) ± \(number(deviation))"
  }

  /// A published number as the paper writes it.
  static func published(_ number: Double) -> String {
    number >= 100 ? HumanReadable.count(Int(number)) : ComparisonReport.fixed(number, 1)
  }

  /// Why cells are empty, the cells of a reason together.
  private var reasons: [String] {
    let empty = cells.filter { $0.reason != nil }
    let reasons = empty.compactMap(\.reason).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    guard !reasons.isEmpty else { return [] }
    let lines = reasons.map { reason in
      let places = empty.filter { $0.reason == reason }
      let rows = Set(places.map(\.row)), columns = Set(places.map(\.column))
      return "* \(names(rows, columns)): \(reason)"
    }
    return ["## Not measured", lines.joined(separator: "\n")]
  }

  private func names(_ rows: Set<String>, _ columns: Set<String>) -> String {
    let rows = self.rows.filter(rows.contains), columns = self.columns.filter(columns.contains)
    if columns.count == self.columns.count { return rows.joined(separator: ", ") }
    if rows.count == self.rows.count { return "column " + columns.joined(separator: ", ") }
    return "\(rows.joined(separator: ", ")) in \(columns.joined(separator: ", "))"
  }

  private var remarks: [String] {
    notes.isEmpty ? [] : ["## Notes", notes.map { "* \($0)" }.joined(separator: "\n")]
  }

  /// The report as JSON with sorted keys, `results.json`.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// Writes `results.json` and `results.md`, each whole or not at all.
  ///
  /// - Throws: `FileError`.
  public func write(to folder: URL) throws {
    try AtomicFile.write(try json(), to: folder.appendingPathComponent("results.json"))
    try AtomicFile.write(Data(markdown.utf8), to: folder.appendingPathComponent("results.md"))
  }
}
