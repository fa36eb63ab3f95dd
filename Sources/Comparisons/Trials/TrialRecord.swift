import Foundation
import Training

/// What is known of one encoder: how its pretraining went, and everything measured of it so far.
public struct TrialRecord: Codable, Hashable, Sendable {
  /// Whose encoder it is: a method, `random` included, or what a recipe calls it.
  public var method: String
  /// The seed of weights, order and draws.
  public var seed: UInt64
  /// Seconds of pretraining, over all sessions; 0 for `random`.
  public var pretrainSeconds = 0.0
  /// Updates of pretraining.
  public var steps = 0
  /// Everything measured so far.
  public var scores: [Score] = []
  /// The logged numbers of pretraining.
  public var curve: [Point] = []
  /// The last reconstruction, relative to the comparison's folder; nil where the method makes none.
  public var picture: String?
  /// What the picture's columns show, from left to right; empty where it has no columns or nobody says.
  public var pictureColumns: [String] = []
  /// Why nothing more can be measured, such as `diverged`; nil where all is well.
  public var failure: String?

  private enum CodingKeys: String, CodingKey {
    case method, seed, steps, scores, curve, picture, failure
    case pretrainSeconds = "pretrain_seconds"
    case pictureColumns = "picture_columns"
  }

  /// Of a trial that has not been made.
  public init(method: String, seed: UInt64) {
    self.method = method
    self.seed = seed
  }

  /// What one evaluation found.
  public struct Score: Codable, Hashable, Sendable {
    /// `probe`, `knn`, `finetune`, `detect` or `segment`.
    public var evaluation: String
    /// The share of the training labels, such as `10%`.
    public var labels: String
    /// The data set; nil in a comparison, which has one only.
    public var data: String?
    /// What was found, in percent, by name: `top1` and `top5` are shares of test images whose class scores highest, or is
    /// among the five highest; dense tasks have the names of their own figures.
    public var figures: [String: Double]
    /// Seconds that the evaluation took.
    public var seconds: Double

    /// What was found, by name.
    public init(
      evaluation: String, labels: String, data: String? = nil, figures: [String: Double], seconds: Double
    ) {
      self.evaluation = evaluation
      self.labels = labels
      self.data = data
      self.figures = figures
      self.seconds = seconds
    }

    /// Accuracies.
    public init(
      evaluation: String, labels: String, data: String? = nil, top1: Double, top5: Double, seconds: Double
    ) {
      self.init(
        evaluation: evaluation, labels: labels, data: data, figures: ["top1": top1, "top5": top5], seconds: seconds)
    }
  }

  /// One logged step of pretraining.
  public struct Point: Codable, Hashable, Sendable {
    /// Updates done.
    public var step: Int
    /// The loss, not to be compared between methods.
    public var loss: Double
    /// The online probe's accuracy, 0 to 1; nil where there is none.
    public var probeAccuracy: Double?

    private enum CodingKeys: String, CodingKey {
      case step, loss
      case probeAccuracy = "probe_accuracy"
    }

    /// A point of a curve.
    public init(step: Int, loss: Double, probeAccuracy: Double?) {
      self.step = step
      self.loss = loss
      self.probeAccuracy = probeAccuracy
    }
  }

  /// What an evaluation found; nil where it has not been made.
  package func score(of evaluation: TrialEvaluation) -> Score? {
    scores.first {
      $0.evaluation == evaluation.name && $0.labels == "\(evaluation.labels)" && $0.data == evaluation.data
    }
  }
}

extension TrialRecord.Point {
  /// The logged steps of a run that have a loss.
  static func read(_ metrics: URL) throws -> [TrialRecord.Point] {
    try MetricsLog.rows(of: metrics).compactMap { row in
      row["loss"].map { .init(step: row.step, loss: $0, probeAccuracy: row[OnlineProbe.metricName]) }
    }
  }
}

/// In JSON the figures stand beside the other keys: `top1`, `top5`.
extension TrialRecord.Score {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.init(stringValue) }
    init?(intValue: Int) { nil }

    static let (evaluation, labels, data, seconds) = (Key("evaluation"), Key("labels"), Key("data"), Key("seconds"))
    static let others: Set<String> = ["evaluation", "labels", "data", "seconds"]
  }

  /// From one object; every key that is no other is a figure.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    self.init(
      evaluation: try container.decode(String.self, forKey: .evaluation),
      labels: try container.decode(String.self, forKey: .labels),
      data: try container.decodeIfPresent(String.self, forKey: .data),
      figures: try container.allKeys.filter { !Key.others.contains($0.stringValue) }.reduce(into: [:]) {
        $0[$1.stringValue] = try container.decode(Double.self, forKey: $1)
      }, seconds: try container.decode(Double.self, forKey: .seconds))
  }

  /// To one object.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(evaluation, forKey: .evaluation)
    try container.encode(labels, forKey: .labels)
    try container.encodeIfPresent(data, forKey: .data)
    try container.encode(seconds, forKey: .seconds)
    for (name, value) in figures { try container.encode(value, forKey: Key(name)) }
  }
}
