import Foundation
public import ImageData
import SplitMaskCore

/// A scan as one page of HTML that needs no network: counts, histograms, example pictures, what to type.
public struct DataScanPage {
  private let scan: DataScan
  private let images: ImageDataset

  /// - Parameters:
  ///   - scan: what was found.
  ///   - images: what was scanned, for the pictures.
  public init(_ scan: DataScan, of images: ImageDataset) {
    self.scan = scan
    self.images = images
  }

  /// The page.
  ///
  /// - Throws: `ImageError` when memory runs out.
  public func html() throws -> String {
    let title = "\(HumanReadable.count(scan.imageCount)) images"
    let header = "<h1>\(title)</h1>\n" + HTMLPage.facts(facts)
    let shown = scan.kinds.isEmpty ? [] : [kinds] + scan.measuredKinds.map(values) + [try pictures()]
    let sections = [header] + shown + [problems, scan.kinds.isEmpty ? nil : advice]
    return HTMLPage.document(title: "Data scan: \(title)", sections: sections.compactMap { $0 })
  }

  private var facts: [(name: String, value: String)] {
    var facts = [("on disk", DataScan.size(scan.byteCount)), ("formats", DataScan.counts(scan.formats))]
    if !scan.classes.isEmpty { facts.append(("classes", HumanReadable.count(scan.classes.count))) }
    if let width = scan.width { facts.append(("width", DataScan.text(width))) }
    if let height = scan.height { facts.append(("height", DataScan.text(height))) }
    let counts = [
      ("unreadable", scan.unreadable.count), ("empty", scan.emptyImages.count),
      ("saturated", scan.saturatedImages.count), ("groups of duplicates", scan.duplicates.count),
    ]
    return facts + counts.map { ($0.0, HumanReadable.count($0.1)) }
  }

  private var kinds: String {
    let items = scan.kinds.map { kind in [kind.line, kind.details].compactMap(\.self).joined(separator: "; ") }
    return section("What the images hold", HTMLPage.list(items))
  }

  private func values(of kind: DataScan.Kind) -> String {
    let channels = kind.channels.prefix(DataScan.Kind.shownChannelLimit)
    let panels = channels.compactMap(\.panel).joined(separator: "\n")
    return section(
      "Values of \(kind)",
      """
      <p>The scale of 0.1 % to 99.9 % is what a network sees by default. Heights of the histograms are logarithmic; the \
      two lines are these percentiles.</p>
      <div class="panels">
      \(panels)
      </div>
      \(HTMLPage.table(DataScan.ChannelStatistics.titles, channels.map(\.cells)))
      """)
  }

  private func pictures() throws -> String? {
    let rows = try ExamplePictures(scan, of: images).rows().map { try $0.html() }
    let legend = scan.measuredKinds.compactMap { kind in
      kind.normalization.compositeText.map { "<p>Composites of \("\(kind): \($0)".escapedForHTML)</p>" }
    }
    return rows.isEmpty ? nil : section("Examples", (legend + rows).joined(separator: "\n"))
  }

  private var problems: String? {
    let lists = [
      ("Unreadable", scan.unreadable.map(\.description)), ("Empty", scan.emptyImages.examples),
      ("Saturated", scan.saturatedImages.examples),
      ("The same bytes", scan.duplicateGroups), ("Passed over", scan.notes),
    ]
    let shown = lists.filter { !$0.1.isEmpty }.map { title, items in
      let rest = items.count > 20 ? ["and \(items.count - 20) more"] : []
      return "<h3>\(title)</h3>\n" + HTMLPage.list(items.prefix(20) + rest)
    }
    return shown.isEmpty ? nil : section("What to look at", shown.joined(separator: "\n"))
  }

  private var advice: String {
    let advice = scan.advice
    let questions = advice.questions.map { "<p class=\"notice\">pretrain will ask: \($0.escapedForHTML)</p>" }
    let settings = advice.settings.map { "\($0.flag): \($0.isNeeded ? "" : "only ")\($0.reason)" }
    let command = "<p class=\"command\"><code>\(advice.command.escapedForHTML)</code></p>"
    let list = settings.isEmpty ? [] : [HTMLPage.list(settings)]
    return section("To pretrain", (questions + [command] + list).joined(separator: "\n"))
  }

  private func section(_ title: String, _ content: String) -> String {
    "<section>\n<h2>\(title.escapedForHTML)</h2>\n\(content)\n</section>"
  }
}

extension DataScan.ChannelStatistics {
  /// The histogram; nil where nothing was measured.
  fileprivate var panel: String? {
    guard let least, let greatest, let low, let high else { return nil }
    let top = log(1 + Double(histogram.max() ?? 1))
    let bars = histogram.enumerated().map { place, count in
      let height = 60 * log(1 + Double(count)) / top
      return "M\(4 * place) 64v-\(HumanReadable.fixed(height, 1))h4V64z"
    }
    func position(_ value: Double) -> String {
      HumanReadable.fixed(greatest > least ? 256 * (value - least) / (greatest - least) : 0, 1)
    }
    let marks = [low, high].map { "M\(position($0)) 0V64" }.joined()
    return """
      <figure class="panel"><figcaption>\(name.escapedForHTML)</figcaption>
      <svg viewBox="0 0 256 64" preserveAspectRatio="none" role="img" aria-label="Histogram of \(name.escapedForHTML)">\
      <path class="bars" d="\(bars.joined())"/>\
      <path class="marks" d="\(marks)"/></svg>
      <div class="ends"><span>\(DataScan.text(least))</span><span>\(DataScan.text(greatest))</span></div></figure>
      """
  }
}
