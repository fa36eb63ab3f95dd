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
    return [
      Markdown.table(head: ["", ""], rows: facts.map { [Markdown.escaped($0.name), Markdown.escaped($0.value)] })
    ]
  }

  private var answersSection: [String] {
    let answers = answers()
    return ["## In short", answers.isEmpty ? "Nothing has been measured yet." : Self.bullets(answers)]
  }

  private func accuracySection(_ evaluation: String) -> [String] {
    let shares = measuredLabels(of: evaluation)
    let best = shares.map { self.best(evaluation: evaluation, labels: $0) }
    let rows = methods.map { method in
      [Markdown.escaped(method)]
        + zip(shares, best).map { share, best in
          guard let cell = cell(method: method, evaluation: evaluation, labels: share) else { return "–" }
          return best.contains(method) ? "**\(cell)**" : cell
        }
    }
    return [
      "## \(Markdown.escaped(Self.title(of: evaluation)))", tableLegend,
      Markdown.table(head: ["method"] + shares.map { Markdown.escaped(Self.amount(of: $0)) }, rows: rows),
    ] + notes(evaluation: evaluation).map(Self.text)
  }

  private var timeSection: [String] {
    let rows = timeRows.map { $0.map(Markdown.escaped) }
    return ["## Time", timeLegend, Markdown.table(head: timeHead.map(Markdown.escaped), rows: rows)]
  }

  private static func bullets(_ sentences: [[Phrase]]) -> String {
    sentences.map { "* \(text($0))" }.joined(separator: "\n")
  }

  private static func text(_ sentence: [Phrase]) -> String {
    sentence.map { phrase in
      switch phrase {
      case .text(let words): Markdown.escaped(words)
      case .name(let name): name.contains(where: { "`\n\r".contains($0) }) ? Markdown.escaped(name) : "`\(name)`"
      }
    }.joined()
  }
}
