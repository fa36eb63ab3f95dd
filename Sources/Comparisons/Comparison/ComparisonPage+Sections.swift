import Foundation
import SplitMaskCore

extension ComparisonPage {
  /// The heading, the answers and the facts.
  static func header(_ report: ComparisonReport) -> String {
    let answers = report.answers()
    let facts = report.facts.map {
      "<div><dt>\($0.name.escapedForHTML)</dt><dd>\($0.value.escapedForHTML)</dd></div>"
    }
    return """
      <header>
      <p class="kicker">SplitMask</p>
      <h1>Comparison of pretraining methods</h1>
      \(answers.isEmpty ? "<p>Nothing has been measured yet.</p>" : list(answers, class: "answers"))
      \(facts.isEmpty ? "" : "<dl class=\"facts\">\n\(facts.joined(separator: "\n"))\n</dl>")
      </header>
      """
  }

  /// A table with its notes and a chart for each share of the labels, for each evaluation.
  static func accuracySection(_ report: ComparisonReport, figures: inout Figures) -> String {
    var parts = [
      "<h2>Accuracy</h2>", "<p>\(numbers(report.tableLegend))</p>", figures.areDrawn ? chartLegend : "",
    ]
    for evaluation in report.evaluations {
      let notes = report.notes(evaluation: evaluation).map { "<p class=\"note\">\(text($0))</p>" }
      let charts = report.measuredLabels(of: evaluation).compactMap { share in
        figures.bars(report, evaluation: evaluation, labels: share).map {
          panel(ComparisonReport.amount(of: share), $0)
        }
      }
      parts += ["<section>", "<h3>\(ComparisonReport.title(of: evaluation).escapedForHTML)</h3>"]
      parts += [accuracyTable(report, evaluation: evaluation)] + notes + [panels(charts), "</section>"]
    }
    return section(parts)
  }

  private static let chartLegend = """
    <p>In the charts, a bar is the mean, a whisker one standard deviation to each side; the dotted line is the mean of \
    random weights.</p>
    """

  private static func accuracyTable(_ report: ComparisonReport, evaluation: String) -> String {
    let shares = report.measuredLabels(of: evaluation)
    let best = shares.map { report.best(evaluation: evaluation, labels: $0) }
    let rows = report.methods.map { method in
      zip(shares, best).map { share, best in
        guard let cell = report.cell(method: method, evaluation: evaluation, labels: share) else { return "–" }
        return best.contains(method) ? "<strong>\(numbers(cell))</strong>" : numbers(cell)
      }
    }
    return table(report, head: ["method"] + shares.map(ComparisonReport.amount), rows: rows)
  }

  /// The online probe of all methods in one chart, and the loss of each in its own; nil where nothing is to be drawn.
  static func curveSection(_ report: ComparisonReport, figures: inout Figures) -> String? {
    let probe = figures.probeCurves(report).map { panel("Accuracy of the online probe, percent", $0, class: "wide") }
    let losses = report.methods.compactMap { method in
      figures.lossCurve(report, method: method).map { panel(method, $0) }
    }
    guard probe != nil || !losses.isEmpty else { return nil }
    let hasSeeds = report.seedCount > 1 ? " Bold lines are means over the seeds, faint ones the seeds." : ""
    let head = """
      <h2>Learning curves</h2>
      <p>Over the updates of pretraining.\(hasSeeds)</p>
      """
    let lossHead = """
      <h3>Loss</h3>
      <p>Each method has its own loss and its own scale: look at the shape, not at the height.</p>
      """
    return section([head, panels(probe.map { [$0] } ?? [])] + (losses.isEmpty ? [] : [lossHead, panels(losses)]))
  }

  /// How long each method took.
  static func timeSection(_ report: ComparisonReport, figures: inout Figures) -> String {
    let rows = report.timeRows.map { $0.dropFirst().map(\.escapedForHTML) }
    let chart = figures.times(report).map { panels([panel("Time of one run, mean over the seeds", $0, class: "wide")]) }
    return section([
      "<h2>Time</h2>", "<p>\(report.timeLegend.escapedForHTML)</p>",
      table(report, head: report.timeHead, rows: rows), chart ?? "",
    ])
  }

  /// The last picture of each method, of the first seed that has one; nil where there is none.
  static func pictureSection(_ report: ComparisonReport, pictures: [String: Data]) -> String? {
    let shown = report.methods.compactMap { method -> String? in
      let candidates = report.runs.lazy.filter { $0.method == method }.compactMap { run in
        run.picture.flatMap { pictures[$0] }.flatMap(InlinePicture.init).map { (run, $0) }
      }
      guard let (run, picture) = candidates.first else { return nil }
      let columns =
        run.pictureColumns.isEmpty
        ? "The last picture of the run" : "Left to right: \(run.pictureColumns.joined(separator: ", "))"
      let caption = "<b>\(method.escapedForHTML)</b>, seed \(run.seed). \(columns.escapedForHTML)."
      let image = picture.element(alt: "Reconstructions by \(method)")
      return "<figure>\(image)<figcaption>\(caption)</figcaption></figure>"
    }
    guard !shown.isEmpty else { return nil }
    return section(
      ["<h2>Reconstructions</h2>", "<p>From the end of pretraining; each row is an image.</p>"]
        + ["<div class=\"pictures\">\n\(shown.joined(separator: "\n"))\n</div>"])
  }

  /// How to read the numbers.
  static var readingSection: String {
    section(["<h2>How to read this</h2>", list(ComparisonReport.howToRead, class: "reading")])
  }
}

extension ComparisonPage {
  private static func section(_ parts: [String]) -> String {
    "<section>\n\(parts.filter { !$0.isEmpty }.joined(separator: "\n"))\n</section>"
  }

  /// A table whose rows are the methods; cells are HTML already.
  private static func table(_ report: ComparisonReport, head: [String], rows: [[String]]) -> String {
    let names = head.map { "<th scope=\"col\">\($0.escapedForHTML)</th>" }.joined()
    let lines = zip(report.methods, rows).enumerated().map { place, row in
      let dot = "<i style=\"background:var(--\(Figures.colorName(of: row.0, at: place)))\"></i>"
      let cells = row.1.map { "<td>\($0)</td>" }.joined()
      return "<tr><th scope=\"row\">\(dot)\(row.0.escapedForHTML)</th>\(cells)</tr>"
    }
    return """
      <div class="scroll"><table>
      <thead><tr>\(names)</tr></thead>
      <tbody>
      \(lines.joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }

  private static func list(_ sentences: [[ComparisonReport.Phrase]], class name: String) -> String {
    "<ul class=\"\(name)\">\n\(sentences.map { "<li>\(text($0))</li>" }.joined(separator: "\n"))\n</ul>"
  }

  private static func text(_ sentence: [ComparisonReport.Phrase]) -> String {
    sentence.map { phrase in
      switch phrase {
      case .text(let words): numbers(words)
      case .name(let name): "<b>\(name.escapedForHTML)</b>"
      }
    }.joined()
  }

  /// Text in which a number and its deviation stay on one line.
  private static func numbers(_ text: String) -> String {
    text.escapedForHTML.replacingOccurrences(of: " ± ", with: "\u{A0}±\u{A0}")
      .replacingOccurrences(of: "n = ", with: "n\u{A0}=\u{A0}")
  }

  private static func panel(_ title: String, _ figure: Figures.Place, class name: String = "") -> String {
    """
    <figure class="panel \(name)"><figcaption>\(title.escapedForHTML)</figcaption>\
    <div class="chart" data-figure="\(figure.index)" style="height:\(figure.height)px"></div></figure>
    """
  }

  private static func panels(_ figures: [String]) -> String {
    figures.isEmpty ? "" : "<div class=\"panels\">\n\(figures.joined(separator: "\n"))\n</div>"
  }
}

/// A PNG inside a page.
private struct InlinePicture {
  private let data: Data
  private let width: Int

  /// - Parameter data: a PNG file; nil where it is something else.
  init?(_ data: Data) {
    let bytes = [UInt8](data.prefix(24))
    guard bytes.count == 24, bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
    width = bytes[16..<20].reduce(0) { $0 << 8 | Int($1) }
    self.data = data
  }

  /// Small pictures are enlarged by whole pixels, so that they can be seen and stay sharp.
  func element(alt: String) -> String {
    let scale = max(1, 560 / max(width, 1))
    let look = scale > 1 ? " class=\"enlarged\"" : ""
    return """
      <img\(look) width="\(width * scale)" alt="\(alt.escapedForHTML)" \
      src="data:image/png;base64,\(data.base64EncodedString())">
      """
  }
}
