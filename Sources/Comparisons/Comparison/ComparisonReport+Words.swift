import Foundation
import SplitMaskCore
import Training

extension ComparisonReport {
  /// A piece of a sentence that is written in Markdown and in HTML.
  enum Phrase: ExpressibleByStringLiteral {
    /// Words of ours.
    case text(String)
    /// A method's name, set apart.
    case name(String)

    init(stringLiteral value: String) { self = .text(value) }
  }

  /// An evaluation's name as a heading.
  static func title(of evaluation: String) -> String {
    switch evaluation {
    case "probe": "Linear probe"
    case "knn": "k nearest neighbours"
    case "finetune": "Fine-tuning"
    default: evaluation
    }
  }

  /// A share of the labels in a sentence: `10% of the labels`.
  static func amount(of labels: String) -> String {
    labels == "100%" ? "all labels" : labels.hasSuffix("%") ? "\(labels) of the labels" : "\(labels) labels"
  }

  /// An accuracy in percent: `41.2 ± 0.8`, or the mean alone.
  static func accuracy(_ summary: Summary) -> String {
    fixed(summary.mean, 1) + (summary.deviation.map { " ± \(fixed($0, 1))" } ?? "")
  }

  /// A duration: `3m 20s ± 4s`, or the mean alone.
  static func duration(_ summary: Summary) -> String {
    HumanReadable.duration(summary.mean) + (summary.deviation.map { " ± \(HumanReadable.duration($0))" } ?? "")
  }

  /// A number with so many decimals.
  package static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", locale: nil, value)
  }

  /// An accuracy as a cell of a table, with the number of seeds where others have more; nil where nothing was measured.
  func cell(method: String, evaluation: String, labels: String) -> String? {
    guard let summary = top1(of: method, evaluation: evaluation, labels: labels) else { return nil }
    return Self.accuracy(summary) + (summary.count < seedCount ? " (n = \(summary.count))" : "")
  }

  /// What the numbers of the accuracy tables are.
  var tableLegend: String {
    let seeds =
      switch seedCount {
      case 0: "no run is finished yet"
      case 1: "one seed, so there is no deviation"
      default: "mean ± sample standard deviation over n = \(seedCount) seeds"
      }
    return "Top-1 accuracy on the test images in percent; \(seeds). The best mean is bold."
  }

  /// How long a method pretrained, as a cell of a table.
  func pretrainingTime(of method: String) -> String {
    guard isTrained(method), let seconds = pretrainSeconds(of: method) else { return "–" }
    return Self.duration(seconds)
  }

  private func isTrained(_ method: String) -> Bool {
    runs.contains { $0.method == method && ($0.steps > 0 || $0.pretrainSeconds > 0) }
  }

  /// The rows of the table of times: a method, its updates, its pretraining, each evaluation, all together.
  var timeRows: [[String]] {
    methods.map { method in
      let made = runs.filter { $0.method == method }
      let pretraining = pretrainSeconds(of: method)
      let seconds = evaluations.map { evaluationSeconds(of: method, evaluation: $0) }
      let together = (pretraining?.mean ?? 0) + seconds.map { $0?.mean ?? 0 }.reduce(0, +)
      return [method, isTrained(method) ? HumanReadable.count(made.map(\.steps).max() ?? 0) : "–"]
        + [pretrainingTime(of: method)] + seconds.map { $0.map { HumanReadable.duration($0.mean) } ?? "–" }
        + [made.isEmpty ? "–" : HumanReadable.duration(together)]
    }
  }

  /// The head of the table of times.
  var timeHead: [String] { ["method", "updates", "pretraining"] + evaluations.map(Self.title) + ["together"] }

  /// What the table of times shows.
  var timeLegend: String {
    "Of one run, mean over the seeds. All \(runs.count) runs together took \(HumanReadable.duration(totalSeconds))."
  }

  /// How to read the numbers; the page and the Markdown file end with it.
  static let howToRead: [[Phrase]] = [
    [
      .name(baseline),
      """
       is the same network with random weights. What a method has above it came from its pretraining; a method that is \
      not above it has learnt nothing that this evaluation can see.
      """,
    ],
    [
      "A method is said to beat ", .name(baseline),
      """
       if its mean is higher by more than the two standard deviations together. That is a rule of thumb for a few seeds, \
      not a significance test.
      """,
    ],
    [
      """
      Every method has the same network, images, label subsets and evaluations, but not the same time: see how long \
      each took.
      """
    ],
    [
      """
      Linear probe and k nearest neighbours look at frozen features, fine-tuning trains all weights. Methods that predict \
      masked patches look worse on frozen features, with k nearest neighbours most of all.
      """
    ],
    ["Each method's loss measures something else; losses cannot be compared between methods."],
  ]
}
