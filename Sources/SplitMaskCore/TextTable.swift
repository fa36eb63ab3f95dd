/// Columns of text under each other.
package enum TextTable {
  /// Where a column's cells stand.
  package enum Alignment { case left, right }

  /// The rows, a line each, two spaces between columns.
  ///
  /// - Parameter alignments: of the columns; right beyond its end.
  package static func text(_ rows: [[String]], alignments: [Alignment] = []) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        let alignment = column < alignments.count ? alignments[column] : .right
        return alignment == .left ? cell + space : space + cell
      }
      return trimmed(cells.joined(separator: "  "))
    }.joined(separator: "\n")
  }

  private static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }
}
