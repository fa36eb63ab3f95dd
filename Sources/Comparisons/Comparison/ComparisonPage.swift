public import Foundation

/// A comparison as one page of HTML that needs no network: tables, charts, learning curves, times, reconstructions.
public enum ComparisonPage {
  /// The page, `comparison.html`.
  ///
  /// - Parameters:
  ///   - report: What was found.
  ///   - pictures: PNG files by the names that `report.runs` have in `picture`; others are not shown.
  ///   - plotly: The source of plotly.js; without it the page says that its charts are missing and how to get them.
  public static func html(report: ComparisonReport, pictures: [String: Data], plotly: String?) -> String {
    var figures = Figures(methods: report.methods, areDrawn: plotly != nil)
    let sections =
      [header(report)] + (plotly == nil ? [missingCharts] : []) + [accuracySection(report, figures: &figures)]
      + [curveSection(report, figures: &figures), timeSection(report, figures: &figures)]
      + [pictureSection(report, pictures: pictures), readingSection]
    let body = sections.compactMap { $0 }.joined(separator: "\n")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="\(contentPolicy)">
      <link rel="icon" href="data:,">
      <title>Comparison of pretraining methods</title>
      <style>
      \(style)</style>
      </head>
      <body>
      <main>
      \(body)
      </main>
      \(plotly.map { scripts(plotly: $0, figures: figures) } ?? "")</body>
      </html>

      """
  }

  /// Nothing is loaded from anywhere, by the plotting library neither.
  private static let contentPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"

  private static let missingCharts = """
    <p class="notice">The charts are missing, since the plotting library was not there when this page was written: type \
    <code>make setup</code> where SplitMask was built, then write the page again.</p>
    """

  private static func scripts(plotly: String, figures: Figures) -> String {
    // What would end the element, written otherwise inside JavaScript's strings and comments.
    let library = plotly.replacingOccurrences(of: "</script", with: "<\\/script", options: .caseInsensitive)
    return """
      <script type="application/json" id="figures">\(figures.json)</script>
      <script>\(library)</script>
      <script>
      \(script)</script>

      """
  }
}
