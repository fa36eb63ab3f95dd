import Foundation

/// What is known of one encoder: how its pretraining went, and every accuracy measured so far.
public struct TrialRecord: Codable, Hashable, Sendable {
  /// Whose encoder it is: a method, `random` included, or what a recipe calls it.
  public var method: String
  /// The seed of weights, order and draws.
  public var seed: UInt64
  /// Seconds of pretraining, over all sessions; 0 for `random`.
  public var pretrainSeconds = 0.0
  /// Updates of pretraining.
  public var steps = 0
  /// Every accuracy measured so far.
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

  /// One accuracy.
  public struct Score: Codable, Hashable, Sendable {
    /// `probe`, `knn` or `finetune`.
    public var evaluation: String
    /// The share of the training labels, such as `10%`.
    public var labels: String
    /// The data set; nil in a comparison, which has one only.
    public var data: String?
    /// Percent of test images whose class scores highest.
    public var top1: Double
    /// Percent of test images whose class is among the five highest.
    public var top5: Double
    /// Seconds that the evaluation took.
    public var seconds: Double

    /// An accuracy.
    public init(
      evaluation: String, labels: String, data: String? = nil, top1: Double, top5: Double, seconds: Double
    ) {
      self.evaluation = evaluation
      self.labels = labels
      self.data = data
      self.top1 = top1
      self.top5 = top5
      self.seconds = seconds
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

  /// What a judgement found; nil where it has not been made.
  func score(of judgement: Judgement) -> Score? {
    scores.first {
      $0.evaluation == judgement.evaluation.rawValue && $0.labels == "\(judgement.labels)" && $0.data == judgement.data
    }
  }
}

extension TrialRecord.Point {
  /// A row of `metrics.jsonl`.
  private struct Row: Decodable {
    let step: Int
    let loss: Double?
    let probe_accuracy: Double?
  }

  /// The logged steps of a run that have a loss.
  static func read(_ metrics: URL) throws -> [TrialRecord.Point] {
    let decoder = JSONDecoder()
    return try String(contentsOf: metrics, encoding: .utf8).split(separator: "\n").compactMap { line in
      let row = try decoder.decode(Row.self, from: Data(line.utf8))
      return row.loss.map { .init(step: row.step, loss: $0, probeAccuracy: row.probe_accuracy) }
    }
  }
}
