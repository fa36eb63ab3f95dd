import Foundation

/// Pieces of Markdown documents.
package enum Markdown {
  /// A table whose columns after the first are numbers, its cells padded so that it can be read as text too.
  package static func alignedTable(head: [String], rows: [[String]]) -> String {
    let lines = [head] + rows
    let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    let padded = lines.map { line in
      zip(line, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 ? cell.0 + padding : padding + cell.0
      }
    }
    return table(head: padded[0], rows: Array(padded.dropFirst()))
  }

  /// A table whose columns after the first are numbers.
  package static func table(head: [String], rows: [[String]]) -> String {
    let rule = head.enumerated().map { $0.offset == 0 || head.allSatisfy(\.isEmpty) ? "---" : "---:" }
    return ([head, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  /// Text that Markdown shows as it is, on one line. An underscore inside a word means nothing, and stays readable.
  package static func escaped(_ text: String) -> String {
    let characters = Array(text)
    var result = ""
    for (place, character) in characters.enumerated() {
      let neighbours = [place - 1, place + 1].filter(characters.indices.contains).map { characters[$0] }
      let isInsideWord = neighbours.count == 2 && neighbours.allSatisfy(isWord)
      switch character {
      case _ where character.isNewline: result += " "
      case "_" where isInsideWord: result += "_"
      case "\\", "`", "*", "_", "[", "]", "<", ">", "&", "|": result += "\\\(character)"
      default: result.append(character)
      }
    }
    return result
  }

  private static func isWord(_ character: Character) -> Bool { character.isLetter || character.isNumber }
}
