import SplitMaskCore
public import Training

/// What a comparison is about to do, and what that takes.
public struct ComparisonPlan: Encodable, Hashable, Sendable, CustomStringConvertible {
  /// One kind of training, of which there are several.
  public struct Training: Encodable, Hashable, Sendable {
    /// The method, or what is fine-tuned.
    public let name: String
    /// What one of them does; nil for fresh weights.
    public let plan: TrainingPlan?
    /// How many are not done yet.
    public let count: Int

    /// Seconds of those that are not done, about; nil where that is not known.
    var seconds: Double? { plan?.expectation.map { $0.seconds * Double(count) } }

    /// What one does, in a line.
    fileprivate var line: String {
      guard let plan else {
        return name == ComparisonReport.baseline
          ? "\(name): fresh weights, no training" : "\(name): judged as it is, no training"
      }
      let time = plan.expectation.map { ", about \(HumanReadable.duration($0.seconds))" } ?? ""
      return "\(name): \(HumanReadable.count(plan.totalSteps)) steps of \(plan.batchSize) images\(time)"
    }
  }

  /// The methods.
  public let pretraining: [Training]
  /// Of each of them, one for each share of the labels.
  public let fineTuning: [Training]
  /// How encoders are judged.
  public let evaluations: [String]
  /// Shares of the labels that they are judged with.
  public let labels: [String]
  /// Runs of each method.
  public let seeds: Int
  /// Encoders that are made and judged already.
  public let done: Int
  /// What else is worth knowing, a sentence each.
  public let notes: [String]

  private enum CodingKeys: String, CodingKey {
    case pretraining, evaluations, labels, seeds, done, notes, seconds, memory, disk
    case fineTuning = "fine_tuning"
  }

  /// With the sums of what is not done.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(pretraining, forKey: .pretraining)
    try container.encode(fineTuning, forKey: .fineTuning)
    try container.encode(evaluations, forKey: .evaluations)
    try container.encode(labels, forKey: .labels)
    try container.encode(seeds, forKey: .seeds)
    try container.encode(done, forKey: .done)
    try container.encode(notes, forKey: .notes)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(memory, forKey: .memory)
    try container.encode(disk, forKey: .disk)
  }

  private var trainings: [Training] { pretraining + fineTuning }

  /// Seconds of all trainings that are not done, about.
  public var seconds: Double { trainings.compactMap(\.seconds).reduce(0, +) }

  /// Bytes of memory of the largest training, about.
  public var memory: Int { trainings.compactMap { $0.plan?.expectation?.memory }.max() ?? 0 }

  /// Bytes of the run folders of all trainings that are not done, about.
  public var disk: Int { trainings.map { ($0.plan?.expectation?.disk ?? 0) * $0.count }.reduce(0, +) }

  /// A line for each training, then the sums.
  public var description: String {
    let encoders = pretraining.count * seeds
    let judging =
      "judged by \(evaluations.joined(separator: ", ")) with \(labels.joined(separator: ", ")) of the labels"
    var lines = trainings.map(\.line)
    lines.append("\(encoders) encoders (\(seeds) seed\(seeds == 1 ? "" : "s") each), \(judging)")
    if done > 0 { lines.append("\(done) of them are done") }
    if seconds > 0 {
      lines.append(
        "time    about \(HumanReadable.duration(seconds)) of training"
          + (evaluations == ["finetune"] ? "" : ", and some passes over the images for features"))
      lines.append("memory  about \(HumanReadable.byteCount(memory))")
      lines.append("disk    about \(HumanReadable.byteCount(disk))")
      lines += smaller
    }
    let isBusy = trainings.contains { $0.plan?.notes.contains(TrainingPlan.busyNote) == true }
    return (lines + (notes + (isBusy ? [TrainingPlan.busyNote] : [])).map { "note: \($0)" }).joined(separator: "\n")
  }

  /// What to type for less, and how long that takes; of a comparison that has not begun.
  private var smaller: [String] {
    guard done == 0 else { return [] }
    let others = evaluations.filter { $0 != "finetune" }
    let options = [
      ("--seeds 1", seeds > 1 ? seconds / Double(seeds) : 0),
      (
        "--evaluate \(others.joined(separator: ","))",
        others.isEmpty ? 0 : pretraining.compactMap(\.seconds).reduce(0, +)
      ),
    ]
    return options.filter { 0 < $0.1 && $0.1 < seconds }.map {
      "smaller \($0.0), about \(HumanReadable.duration($0.1))"
    }
  }
}
