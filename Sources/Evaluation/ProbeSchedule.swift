import SplitMaskCore
package import Torch
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How long a trained probe runs and how fast it learns.
package struct ProbeSchedule {
  /// Passes over the images.
  package let epochs: Int
  /// Images of a step.
  package let batchSize: Int
  /// Whole batches of an epoch.
  package let stepsPerEpoch: Int
  /// The rate in use, for the whole batch.
  package let learningRate: Double
  private let warmupEpochs: Int
  private let isByEpoch: Bool

  /// - Parameter processes: who share out every batch.
  /// - Throws: `InvalidSetting` for a batch larger than the data set.
  package init(_ config: TrainedProbe.Config, imageCount: Int, processes: ProcessGroup) throws {
    epochs = config.epochs ?? config.protocol.epochs
    batchSize =
      config.batchSize
      ?? processes.automaticBatch(TrainedProbe.Config.automaticBatchSize(imageCount), imageCount: imageCount)
    guard batchSize <= imageCount else {
      throw InvalidSetting("batchSize", "\(batchSize) is more than the \(imageCount) training images")
    }
    stepsPerEpoch = imageCount / batchSize
    learningRate = (config.learningRate ?? config.protocol.learningRate) * Double(batchSize) / 256
    // A shorter run than the published one keeps the warm-up's share of it.
    warmupEpochs = config.protocol.warmupEpochs * epochs / config.protocol.epochs
    isByEpoch = config.protocol != .mae
  }

  /// Steps of all epochs.
  package var totalSteps: Int { epochs * stepsPerEpoch }

  /// The rate of a step, counted from 0: half a cosine to 0, epoch by epoch, or after a warm-up step by step.
  package func rate(_ step: Int) -> Double {
    let epoch = isByEpoch ? Double(step / stepsPerEpoch) : Double(step) / Double(stepsPerEpoch)
    if epoch < Double(warmupEpochs) { return learningRate * epoch / Double(warmupEpochs) }
    let progress = (epoch - Double(warmupEpochs)) / Double(epochs - warmupEpochs)
    return learningRate * 0.5 * (1 + cos(.pi * progress))
  }
}
