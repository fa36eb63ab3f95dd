import SplitMaskCore

/// What a run is about to do, in numbers, before it starts.
public struct TrainingPlan: Codable, Hashable, Sendable, CustomStringConvertible {
  /// The network, in a line; nil where it is not said.
  public var model: String?
  /// What the run will take; nil where that is not known.
  public var expectation: Expectation?
  /// A smaller and a larger run; nil where their times are not known.
  public var alternatives: [Alternative]?
  /// Readable images of the data set.
  public var images: Int
  /// Images of one micro-batch.
  public var batchSize: Int
  /// Micro-batches of one optimiser step.
  public var accumulatedBatches: Int
  /// Passes over the data set; the last may be cut.
  public var epochs: Double
  /// Optimiser steps of the whole run.
  public var totalSteps: Int
  /// Optimiser steps of the warm-up.
  public var warmupSteps: Int
  /// The learning rate at the warm-up's end.
  public var peakLearningRate: Double
  /// Where the tensors live and how they are computed, such as `cpu, float32, 2 processes`.
  public var device: String
  /// What else is worth knowing before hours of work, a sentence each.
  public var notes: [String]

  /// What a run will take, about.
  public struct Expectation: Codable, Hashable, Sendable {
    /// Seconds of the whole run.
    public var seconds: Double
    /// Bytes of memory of the process, or of tensors on a GPU.
    public var memory: Int
    /// Bytes of the checkpoints that are kept, and of what is exported.
    public var disk: Int
    /// Checkpoints that are kept.
    public var checkpoints: Int

    /// What a run will take.
    public init(seconds: Double, memory: Int, disk: Int, checkpoints: Int) {
      self.seconds = seconds
      self.memory = memory
      self.disk = disk
      self.checkpoints = checkpoints
    }

    /// One fact a line.
    fileprivate var facts: [(String, String)] {
      [
        ("time", "about \(HumanReadable.duration(seconds))"),
        ("memory", "about \(HumanReadable.byteCount(memory))"),
        (
          "disk",
          "about \(HumanReadable.byteCount(disk)) with \(checkpoints) checkpoint\(checkpoints == 1 ? "" : "s")"
            + (checkpoints == 1 ? "" : " (--set training.keepCheckpoints=1 keeps one)")
        ),
      ]
    }
  }

  /// A run as it would be with another option.
  public struct Alternative: Codable, Hashable, Sendable {
    /// What to type, such as `--preset quick`.
    public var option: String
    /// Seconds of the whole run, about.
    public var seconds: Double

    /// A run with another option.
    public init(option: String, seconds: Double) {
      self.option = option
      self.seconds = seconds
    }
  }

  private enum CodingKeys: String, CodingKey {
    case model, expectation, alternatives, images, epochs, device, notes
    case batchSize = "batch_size"
    case accumulatedBatches = "accumulate"
    case totalSteps = "steps"
    case warmupSteps = "warmup_steps"
    case peakLearningRate = "learning_rate"
  }

  /// A plan.
  public init(
    images: Int, batchSize: Int, accumulatedBatches: Int = 1, epochs: Double, totalSteps: Int, warmupSteps: Int,
    peakLearningRate: Double, device: String, notes: [String] = []
  ) {
    self.images = images
    self.batchSize = batchSize
    self.accumulatedBatches = accumulatedBatches
    self.epochs = epochs
    self.totalSteps = totalSteps
    self.warmupSteps = warmupSteps
    self.peakLearningRate = peakLearningRate
    self.device = device
    self.notes = notes
  }

  /// One fact a line.
  public var description: String {
    let accumulation =
      accumulatedBatches == 1 ? "" : " × \(accumulatedBatches) accumulated = \(batchSize * accumulatedBatches)"
    let facts =
      (model.map { [("model", $0)] } ?? []) + [
        ("images", HumanReadable.count(images)),
        ("batch", "\(batchSize)\(accumulation)"),
        ("epochs", HumanReadable.number(epochs)),
        ("steps", "\(HumanReadable.count(totalSteps)), \(HumanReadable.count(warmupSteps)) of them warm-up"),
        ("learning rate", HumanReadable.number(peakLearningRate)),
        ("device", device),
      ] + (expectation?.facts ?? []) + alternativeFacts
    let width = facts.map(\.0.count).max() ?? 0
    let lines = facts.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "  " + $0.1 }
    return (lines + notes.map { "note: \($0)" }).joined(separator: "\n")
  }

  /// A line for each other run.
  private var alternativeFacts: [(String, String)] {
    guard let seconds = expectation?.seconds else { return [] }
    return (alternatives ?? []).map {
      ($0.seconds < seconds ? "smaller" : "larger", "\($0.option), about \(HumanReadable.duration($0.seconds))")
    }
  }
}
