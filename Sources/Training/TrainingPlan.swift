/// What a run is about to do, in numbers, before it starts.
public struct TrainingPlan: Codable, Hashable, Sendable, CustomStringConvertible {
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

  private enum CodingKeys: String, CodingKey {
    case images, epochs, device, notes
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
    let facts = [
      ("images", HumanReadable.count(images)),
      ("batch", "\(batchSize)\(accumulation)"),
      ("epochs", HumanReadable.number(epochs)),
      ("steps", "\(HumanReadable.count(totalSteps)), \(HumanReadable.count(warmupSteps)) of them warm-up"),
      ("learning rate", HumanReadable.number(peakLearningRate)),
      ("device", device),
    ]
    let width = facts.map(\.0.count).max() ?? 0
    let lines = facts.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "  " + $0.1 }
    return (lines + notes.map { "note: \($0)" }).joined(separator: "\n")
  }
}
