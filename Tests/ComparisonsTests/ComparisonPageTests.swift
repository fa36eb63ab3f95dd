import Comparisons
import Foundation
import Testing

@Suite struct ComparisonPageTests {
  /// A library for tests that do not draw; its strings hold what would end an element.
  private static let library = "var Plotly = { note: '</script><!--' };"

  private static func page(_ report: ComparisonReport, plotly: String? = library) -> String {
    ComparisonPage.html(report: report, pictures: report.fixturePictures, plotly: plotly)
  }

  private static func count(_ piece: String, in text: String) -> Int { text.components(separatedBy: piece).count - 1 }

  @Test func textFromOutsideIsNoMarkup() {
    let nasty = "</script><img src=x onerror=\"a('&')\">"
    let escaped = "&lt;/script&gt;&lt;img src=x onerror=&quot;a(&#39;&amp;&#39;)&quot;&gt;"
    var report = ComparisonReport.small()
    report.facts.append(.init(nasty, nasty))
    report.methods = report.methods.map { $0 == "splitmask" ? nasty : $0 }
    report.labels = report.labels.map { $0 == "10%" ? nasty : $0 }
    report.evaluations = [nasty]
    for place in report.runs.indices {
      if report.runs[place].method == "splitmask" { report.runs[place].method = nasty }
      report.runs[place].picture = "\(place).png"
      report.runs[place].pictureColumns = [nasty]
      report.runs[place].scores = report.runs[place].scores.map { score in
        var score = score
        score.evaluation = nasty
        if score.labels == "10%" { score.labels = nasty }
        return score
      }
    }
    let page = Self.page(report)
    #expect(!page.contains("<img src=x"))
    #expect(!page.contains("onerror=\""))
    #expect(page.contains("<dt>\(escaped)</dt><dd>\(escaped)</dd>"))
    // The numbers of the charts, the library, the drawing; nothing ends one of them early.
    #expect(Self.count("<script", in: page) == 3)
    #expect(Self.count("</script", in: page) == 3)
  }

  @Test func everyChartHasItsPlaceAndNumbers() throws {
    let page = Self.page(.realistic())
    let start = try #require(page.range(of: "id=\"figures\">"))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    let figures = try #require(
      JSONSerialization.jsonObject(with: Data(page[start.upperBound..<end.lowerBound].utf8)) as? [[String: Any]])
    let kinds = figures.compactMap { $0["kind"] as? String }
    // Three evaluations at two shares; the online probe and the loss of four methods; the time.
    #expect(kinds == Array(repeating: "bars", count: 6) + Array(repeating: "lines", count: 5) + ["times"])
    for place in kinds.indices { #expect(Self.count("data-figure=\"\(place)\"", in: page) == 1) }
    #expect(Self.count("data-figure=", in: page) == 12)
    let means = try #require(figures[0]["means"] as? [Double])
    #expect(means.map { ($0 * 10).rounded() / 10 } == [33.2, 58.4, 41.6, 46.2, 45.8])
    let losses = try #require(figures[7]["series"] as? [[String: Any]])
    #expect(losses.count == 4)
    // 780 points, of which every second is kept, the last among them.
    let steps = try #require(losses[0]["x"] as? [Int])
    #expect(steps.count == 390)
    #expect(steps.last == 7800)
  }

  @Test func valuesThatAreNotFiniteAreGapsInACurve() throws {
    var report = ComparisonReport.small()
    report.runs[1].curve[0].loss = .nan
    #expect(Self.page(report).contains("\"y\":[null,8]"))
  }

  @Test func withoutTheLibraryTablesStay() {
    let page = Self.page(.realistic(), plotly: nil)
    #expect(page.contains("<code>make setup</code>"))
    #expect(Self.count("<table>", in: page) == 4)
    #expect(!page.contains("<script"))
    #expect(!page.contains("data-figure"))
    #expect(!Self.page(.realistic()).contains("make setup"))
  }

  @Test func picturesAreInsideThePage() {
    let report = ComparisonReport.realistic()
    let page = Self.page(report)
    let picture = ComparisonReport.onePixel.base64EncodedString()
    // One of each method that makes some, whatever the number of seeds.
    #expect(Self.count("src=\"data:image/png;base64,\(picture)\"", in: page) == 3)
    #expect(page.contains("Left to right: the image, what A saw, what A inpainted, what B saw, what B inpainted."))
    let broken = report.fixturePictures.mapValues { _ in Data("no picture".utf8) }
    #expect(!ComparisonPage.html(report: report, pictures: broken, plotly: nil).contains("<img"))
  }

  @Test func nothingIsLoadedFromElsewhere() {
    let page = Self.page(.realistic())
    for scheme in ["http:", "https:", "file:", "src=\"/", "url("] { #expect(!page.contains(scheme)) }
    #expect(page.contains("default-src 'none'"))
  }
}
