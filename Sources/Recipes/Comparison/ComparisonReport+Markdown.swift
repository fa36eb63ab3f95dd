import Foundation

extension ComparisonReport {
  /// The comparison as a Markdown document: findings, facts, a table for each evaluation, times, how to read it.
  public var markdown: String {
    let sections =
      [["# Comparison of pretraining methods"], factsSection, answersSection] + evaluations.map(accuracySection)
      + [timeSection, ["## How to read this", Self.bullets(Self.howToRead)]]
    return sections.flatMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  private var factsSection: [String] {
    guard !facts.isEmpty else { return [] }
    return [Self.table(head: ["", ""], rows: facts.map { [Self.escaped($0.name), Self.escaped($0.value)] })]
  }

  private var answersSection: [String] {
    let answers = answers()
    return ["## In short", answers.isEmpty ? "Nothing has been measured yet." : Self.bullets(answers)]
  }

  private func accuracySection(_ evaluation: String) -> [String] {
    let shares = measuredLabels(of: evaluation)
    let best = shares.map { self.best(evaluation: evaluation, labels: $0) }
    let rows = methods.map { method in
      [Self.escaped(method)]
        + zip(shares, best).map { share, best in
          guard let cell = cell(method: method, evaluation: evaluation, labels: share) else { return "–" }
          return best.contains(method) ? "**\(cell)**" : cell
        }
    }
    return [
      "## \(Self.escaped(Self.title(of: evaluation)))", tableLegend,
      Self.table(head: ["method"] + shares.map { Self.escaped(Self.amount(of: $0)) }, rows: rows),
    ] + notes(evaluation: evaluation).map(Self.text)
  }

  private var timeSection: [String] {
    let rows = timeRows.map { $0.map(Self.escaped) }
    return ["## Time", timeLegend, Self.table(head: timeHead.map(Self.escaped), rows: rows)]
  }

  /// A table whose columns after the first are numbers.
  private static func table(head: [String], rows: [[String]]) -> String {
    let rule = head.enumerated().map { $0.offset == 0 || head.allSatisfy(\.isEmpty) ? "---" : "---:" }
    return ([head, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  private static func bullets(_ sentences: [[Phrase]]) -> String {
    sentences.map { "* \(text($0))" }.joined(separator: "\n")
  }

  private static func text(_ sentence: [Phrase]) -> String {
    sentence.map { phrase in
      switch phrase {
      case .text(let words): escaped(words)
      case .name(let name): name.contains(where: { "`\n\r".contains($0) }) ? escaped(name) : "`\(name)`"
      }
    }.joined()
  }

  /// Text that Markdown shows as it is, on one line. An underscore inside a word means nothing, and stays readable.
  private static func escaped(_ text: String) -> String {
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
