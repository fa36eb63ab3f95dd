import Foundation
import SplitMaskCore

extension ComparisonPage {
  /// The numbers of the charts, in the order in which the page places them. The page's script draws them.
  struct Figures {
    /// Where a chart goes.
    struct Place {
      /// Its number.
      let index: Int
      /// Its height in pixels.
      let height: Int
    }

    /// One chart. Names are escaped, since plotly takes markup in them.
    enum Figure {
      case bars(Bars)
      case lines(Lines)
      case times(Times)
    }

    /// Accuracies in percent, a bar for each method.
    struct Bars: Encodable {
      let kind = "bars"
      var names: [String] = []
      var colors: [String] = []
      var means: [Double] = []
      var deviations: [Double?] = []
      /// The mean of random weights, as a line to compare with.
      var baseline: Double?
      /// The end of the axis, the same for every share of the labels.
      var end: Double
    }

    /// Curves over updates.
    struct Lines: Encodable {
      struct Series: Encodable {
        var name: String
        var color: String
        var x: [Int]
        var y: [Double?]
        /// A single seed behind the mean of all.
        var isFaint: Bool
      }

      let kind = "lines"
      var series: [Series]
      var hasLegend: Bool
      /// Whether the values are percentages, whose axis begins at zero.
      var isPercent: Bool
    }

    /// Durations, a bar for each method with a piece for each part.
    struct Times: Encodable {
      struct Part: Encodable {
        var name: String
        var values: [Double]
      }

      let kind = "times"
      var names: [String]
      var unit: String
      var parts: [Part]
    }

    /// More points than a chart has pixels to show them make the page large and nothing else.
    private static let pointsShown = 400

    /// Whether there is something to draw charts with; without, none is placed.
    let areDrawn: Bool
    private let methods: [String]
    private var figures: [Figure] = []

    init(methods: [String], areDrawn: Bool) {
      self.methods = methods
      self.areDrawn = areDrawn
    }

    /// The name of a method's colour in the style sheet: grey for random weights, another for each of the rest.
    static func colorName(of method: String, at place: Int) -> String {
      method == ComparisonReport.baseline ? "baseline" : "series-\(place % 8)"
    }

    private func color(of method: String) -> String {
      Self.colorName(of: method, at: methods.firstIndex(of: method) ?? 0)
    }

    private mutating func add(_ figure: Figure, height: Int) -> Place? {
      guard areDrawn else { return nil }
      figures.append(figure)
      return Place(index: figures.count - 1, height: height)
    }
  }
}

extension ComparisonPage.Figures {
  /// Accuracies of an evaluation at one share of the labels; nil where nothing was measured.
  mutating func bars(_ report: ComparisonReport, evaluation: String, labels: String) -> Place? {
    let all = report.methods.flatMap { method in
      report.labels.compactMap { report.top1(of: method, evaluation: evaluation, labels: $0) }
    }
    let highest = all.map { $0.mean + ($0.deviation ?? 0) }.max() ?? 0
    // Room for the number behind the bar.
    var bars = Bars(end: max(1, highest) * 1.18)
    for method in report.methods {
      guard let top1 = report.top1(of: method, evaluation: evaluation, labels: labels) else { continue }
      bars.names.append(method.escapedForHTML)
      bars.colors.append(color(of: method))
      bars.means.append(top1.mean)
      bars.deviations.append(top1.deviation)
      if method == ComparisonReport.baseline { bars.baseline = top1.mean }
    }
    return bars.names.isEmpty ? nil : add(.bars(bars), height: 58 + 32 * bars.names.count)
  }

  /// The loss of a method over its updates; nil where none was logged.
  mutating func lossCurve(_ report: ComparisonReport, method: String) -> Place? {
    let series = self.series(report, method: method) { $0.loss }
    return series.isEmpty ? nil : add(.lines(Lines(series: series, hasLegend: false, isPercent: false)), height: 220)
  }

  /// The online probes' accuracy of every method that has one; nil where none has.
  mutating func probeCurves(_ report: ComparisonReport) -> Place? {
    let series = report.methods.flatMap { method in
      self.series(report, method: method) { point in point.probeAccuracy.map { $0 * 100 } }
    }
    return series.isEmpty ? nil : add(.lines(Lines(series: series, hasLegend: true, isPercent: true)), height: 340)
  }

  /// The seeds of a method, and behind them their mean at the steps that all of them logged.
  private func series(
    _ report: ComparisonReport, method: String, value: (ComparisonReport.Point) -> Double?
  ) -> [Lines.Series] {
    let curves = report.runs.filter { $0.method == method }
      .map { run in run.curve.compactMap { point in value(point).map { (step: point.step, value: $0) } } }
      .filter { !$0.isEmpty }
    guard let first = curves.first else { return [] }
    func line(_ points: [(step: Int, value: Double)], isFaint: Bool) -> Lines.Series {
      let stride = (points.count + Self.pointsShown - 1) / Self.pointsShown
      // The last point is always among those that are kept.
      let kept = points.enumerated().filter { (points.count - 1 - $0.offset) % stride == 0 }.map(\.element)
      return Lines.Series(
        name: method.escapedForHTML, color: color(of: method), x: kept.map(\.step),
        y: kept.map { $0.value.isFinite ? $0.value : nil }, isFaint: isFaint)
    }
    guard curves.count > 1 else { return [line(first, isFaint: false)] }
    let bySteps = curves.map { Dictionary($0.map { ($0.step, $0.value) }, uniquingKeysWith: { $1 }) }
    let mean = bySteps[0].keys.sorted().compactMap { step -> (step: Int, value: Double)? in
      let values = bySteps.compactMap { $0[step] }
      return values.count == curves.count ? (step, values.reduce(0, +) / Double(values.count)) : nil
    }
    return curves.map { line($0, isFaint: true) } + (mean.isEmpty ? [] : [line(mean, isFaint: false)])
  }

  /// What each method's pretraining and evaluations took; nil where nothing did.
  mutating func times(_ report: ComparisonReport) -> Place? {
    let timed = report.methods.filter { method in report.runs.contains { $0.method == method } }
    let pretraining = timed.map { report.pretrainSeconds(of: $0)?.mean ?? 0 }
    let evaluations = report.evaluations.map { evaluation in
      timed.map { report.evaluationSeconds(of: $0, evaluation: evaluation)?.mean ?? 0 }
    }
    let longest = (pretraining + evaluations.flatMap { $0 }).max() ?? 0
    guard longest > 0 else { return nil }
    let (unit, length) = longest < 180 ? ("seconds", 1.0) : longest < 10_800 ? ("minutes", 60.0) : ("hours", 3600.0)
    let parts = zip(["Pretraining"] + report.evaluations.map(ComparisonReport.title), [pretraining] + evaluations)
      .map { Times.Part(name: $0.escapedForHTML, values: $1.map { $0 / length }) }
    let times = Times(names: timed.map(\.escapedForHTML), unit: unit, parts: parts)
    return add(.times(times), height: 110 + 34 * timed.count)
  }

  /// The charts as JSON that can stand inside an HTML element.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    // A sum that overflows is the only way to a number here that JSON has not; it is drawn as nothing.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "", negativeInfinity: "", nan: "")
    let data = try? encoder.encode(figures)
    return String(decoding: data ?? Data("[]".utf8), as: UTF8.self).replacingOccurrences(of: "<", with: "\\u003c")
  }
}

extension ComparisonPage.Figures.Figure: Encodable {
  func encode(to encoder: any Encoder) throws {
    switch self {
    case .bars(let bars): try bars.encode(to: encoder)
    case .lines(let lines): try lines.encode(to: encoder)
    case .times(let times): try times.encode(to: encoder)
    }
  }
}
