import Foundation

/// What a comparison found: every run's numbers, from which tables and pages are made. `comparison.json` is this.
public struct ComparisonReport: Codable, Hashable, Sendable {
  /// One method with one seed.
  public typealias Run = TrialRecord
  /// One accuracy.
  public typealias Score = TrialRecord.Score
  /// One logged step of pretraining.
  public typealias Point = TrialRecord.Point

  /// Which encoder, on which images: facts for the head of a page, name and value.
  public var facts: [Fact]
  /// The methods in the order in which they are to be shown.
  public var methods: [String]
  /// Those of them that are encoders which others have trained, judged as they are; nil for none.
  public var encoders: [String]?
  /// Those of them that are such encoders after they have gone on with the training images; nil for none.
  public var continued: [String]?
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
  public init(
    facts: [Fact], methods: [String], encoders: [String] = [], continued: [String] = [], evaluations: [String],
    labels: [String], runs: [Run] = []
  ) {
    self.facts = facts
    self.methods = methods
    self.encoders = encoders.isEmpty ? nil : encoders
    self.continued = continued.isEmpty ? nil : continued
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
        .filter { $0.evaluation == evaluation && $0.labels == labels }.compactMap { $0.figures["top1"] })
  }

  /// Seconds of pretraining of a method over its seeds; nil where nothing was measured.
  public func pretrainSeconds(of method: String) -> Summary? {
    Summary(runs.filter { $0.method == method }.map(\.pretrainSeconds))
  }
}
