import SplitMaskCore

extension HumanReadable {
  /// Text in lines of at most `columns` characters, broken between words.
  ///
  /// A line that continues another has its indentation, or begins under the value where the line is a name, two or more
  /// spaces, and a value. A word that is longer than a line, such as a path, stays whole, and so does a command to copy: an
  /// indented line that begins with `splitmask`.
  package static func wrapped(_ text: String, columns: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { wrapped(line: $0, columns: columns) }.joined(separator: "\n")
  }

  private static func wrapped(line: Substring, columns: Int) -> String {
    guard line.count > columns, !isCommand(line) else { return String(line) }
    let indentation = String(repeating: " ", count: min(hangingIndentation(of: line), columns / 2))
    var lines: [String] = []
    var current = ""
    var hasWord = false
    for (gap, word) in words(of: line) {
      if hasWord, current.count + gap.count + word.count > columns {
        lines.append(current)
        current = indentation + word
      } else {
        current += gap + word
      }
      hasWord = true
    }
    return (lines + [current]).joined(separator: "\n")
  }

  private static func isCommand(_ line: Substring) -> Bool {
    line.first == " " && line.drop { $0 == " " }.hasPrefix("splitmask ")
  }

  /// Each word with the spaces before it.
  private static func words(of line: Substring) -> [(gap: Substring, word: Substring)] {
    var words: [(Substring, Substring)] = []
    var rest = line
    while !rest.isEmpty {
      let gap = rest.prefix { $0 == " " }
      let word = rest[gap.endIndex...].prefix { $0 != " " }
      if !word.isEmpty { words.append((gap, word)) }
      rest = rest[word.endIndex...]
    }
    return words
  }

  private static func hangingIndentation(of line: Substring) -> Int {
    let words = words(of: line)
    var column = 0
    for (position, (gap, word)) in words.enumerated() {
      // Names of facts are a few words; two spaces further on only set sentences apart.
      if position > 0, gap.count >= 2, column <= 24 { return column + gap.count }
      column += gap.count + word.count
    }
    return words.first?.gap.count ?? 0
  }
}
