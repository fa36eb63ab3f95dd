import Foundation

/// What a comparison found: every run's numbers, from which tables and pages are made. `comparison.json` is this.
public struct ComparisonReport: Codable, Hashable, Sendable {
  /// One method with one seed.
  public struct Run: Codable, Hashable, Sendable {
    /// The method's name, `random` included.
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

    private enum CodingKeys: String, CodingKey {
      case method, seed, steps, scores, curve, picture
      case pretrainSeconds = "pretrain_seconds"
      case pictureColumns = "picture_columns"
    }

    /// A run that has not been made.
    public init(method: String, seed: UInt64) {
      self.method = method
      self.seed = seed
    }
  }

  /// One accuracy.
  public struct Score: Codable, Hashable, Sendable {
    /// `probe`, `knn` or `finetune`.
    public var evaluation: String
    /// The share of the training labels, such as `10%`.
    public var labels: String
    /// Percent of test images whose class scores highest.
    public var top1: Double
    /// Percent of test images whose class is among the five highest.
    public var top5: Double
    /// Seconds that the evaluation took.
    public var seconds: Double

    /// An accuracy.
    public init(evaluation: String, labels: String, top1: Double, top5: Double, seconds: Double) {
      self.evaluation = evaluation
      self.labels = labels
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

  /// Which encoder, on which images: facts for the head of a page, name and value.
  public var facts: [Fact]
  /// The methods in the order in which they are to be shown.
  public var methods: [String]
  /// The evaluations asked for, in order.
  public var evaluations: [String]
  /// The shares of the labels asked for, in order.
  public var labels: [String]
  /// The runs finished so far.
  public var runs: [Run]

  /// A name and a value.
  public struct Fact: Codable, Hashable, Sendable {
    /// What it is.
    public var name: String
    /// How much, or which.
    public var value: String

    /// A fact.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A report without runs.
  public init(facts: [Fact], methods: [String], evaluations: [String], labels: [String], runs: [Run] = []) {
    self.facts = facts
    self.methods = methods
    self.evaluations = evaluations
    self.labels = labels
    self.runs = runs
  }
}

extension ComparisonReport {
  /// Mean and spread over seeds.
  public struct Summary: Hashable, Sendable {
    /// The mean.
    public let mean: Double
    /// The sample standard deviation; nil of a single value.
    public let deviation: Double?
    /// How many values.
    public let count: Int

    /// Of values; nil of none.
    public init?(_ values: [Double]) {
      guard !values.isEmpty else { return nil }
      count = values.count
      let mean = values.reduce(0, +) / Double(values.count)
      self.mean = mean
      let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
      deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
    }
  }

  /// Top-1 accuracy of a method over its seeds; nil where nothing was measured.
  public func top1(of method: String, evaluation: String, labels: String) -> Summary? {
    Summary(
      runs.filter { $0.method == method }.flatMap(\.scores)
        .filter { $0.evaluation == evaluation && $0.labels == labels }.map(\.top1))
  }

  /// Seconds of pretraining of a method over its seeds; nil where nothing was measured.
  public func pretrainSeconds(of method: String) -> Summary? {
    Summary(runs.filter { $0.method == method }.map(\.pretrainSeconds))
  }
}
