import SplitMaskCore
public import Torch
import TorchOptim

/// How a run goes through its data: batches, updates and rates, once settings and data set are known.
public struct TrainingSchedule: Hashable, Sendable {
  /// Images of the data set.
  public let imageCount: Int
  /// Images of one batch.
  public let batchSize: Int
  /// Batches of one update.
  public let accumulate: Int
  /// Updates of one pass over the data; what does not fill an update is left out of the pass.
  public let stepsPerEpoch: Int
  /// Updates of the run.
  public let totalSteps: Int
  /// Updates of the warm-up.
  public let warmupSteps: Int
  /// The learning rate at the warm-up's end.
  public let peakLearningRate: Double
  /// The run's seed.
  public let seed: UInt64

  private let rate: LearningRateSchedule
  /// Weight decay over the run; its warm-up has no steps.
  private let decay: LearningRateSchedule

  /// - Parameters:
  ///   - config: length, batches and rates.
  ///   - imageCount: images of the data set.
  ///   - seed: where every draw comes from.
  ///   - processes: how many processes or replicas share out every batch.
  /// - Throws: `InvalidSetting` for a schedule that would never update.
  public init(_ config: Trainer.ResolvedConfig, imageCount: Int, seed: UInt64, processes: Int = 1) throws {
    let batchSize = config.batchSize
    guard processes <= imageCount else {
      throw InvalidSetting(
        "training.batchSize",
        "\(processes) processes are more than the data set's \(imageCount) images; start at most \(imageCount)")
    }
    guard batchSize <= imageCount else {
      throw InvalidSetting(
        "training.batchSize",
        "a batch of \(batchSize) is larger than the data set of \(imageCount) images; use at most \(imageCount)")
    }
    guard batchSize % processes == 0 else {
      let near = batchSize / processes * processes
      throw InvalidSetting(
        "training.batchSize",
        """
        a batch of \(batchSize) cannot be shared out among \(processes) processes or replicas; use \
        \(near == 0 ? "" : "\(near) or ")\(near + processes)
        """)
    }
    let batches = imageCount / batchSize
    guard config.accumulate <= batches else {
      throw InvalidSetting(
        "training.accumulate",
        """
        an update takes \(config.accumulate) batches but an epoch has only \(batches), so nothing would ever be \
        learned; use at most \(batches)
        """)
    }
    self.imageCount = imageCount
    self.batchSize = batchSize
    self.seed = seed
    accumulate = config.accumulate
    stepsPerEpoch = batches / config.accumulate
    totalSteps = config.length.steps(perEpoch: stepsPerEpoch)
    warmupSteps = config.warmupSteps
    guard warmupSteps <= totalSteps else {
      throw InvalidSetting(
        "training.warmupSteps", "a warm-up of \(warmupSteps) steps is longer than the run of \(totalSteps)")
    }
    peakLearningRate = config.learningRate
    rate = LearningRateSchedule(
      peak: config.learningRate, minimum: min(config.minimumLearningRate, config.learningRate),
      warmupSteps: warmupSteps, totalSteps: totalSteps, form: config.schedule, stepsPerEpoch: stepsPerEpoch)
    decay = LearningRateSchedule(
      peak: config.weightDecay, minimum: config.weightDecayEnd ?? config.weightDecay, warmupSteps: 0,
      totalSteps: totalSteps)
  }

  /// The pass over the data, counted from 0, that some updates end in.
  func epoch(after step: Int) -> Int { max(step - 1, 0) / stepsPerEpoch }

  /// The learning rate of an update, counted from 0.
  public func learningRate(_ step: Int) -> Double { rate(step) }

  /// The weight decay of an update, counted from 0, where there is any.
  public func weightDecay(_ step: Int) -> Double { decay(step) }

  /// What there is to say before the first step.
  ///
  /// - Parameters:
  ///   - device: where tensors are computed,
  ///   - precision: and how,
  ///   - processes: and by whom.
  ///   - notes: what else is worth knowing, a sentence each.
  public func plan(on device: Device, precision: Precision, processes: ProcessGroup, notes: [String]) -> TrainingPlan {
    let machines = processes.machineCount == 1 ? "" : " on \(processes.machineCount) machines"
    let together = processes.isAlone ? "" : ", \(processes.size) processes\(machines)"
    return TrainingPlan(
      images: imageCount, batchSize: batchSize, accumulatedBatches: accumulate,
      epochs: Double(totalSteps) / Double(stepsPerEpoch), totalSteps: totalSteps, warmupSteps: warmupSteps,
      peakLearningRate: peakLearningRate, device: "\(device), \(precision.rawValue)\(together)", notes: notes)
  }
}
