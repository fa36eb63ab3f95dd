public import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
public import Torch
import TorchOptim
import Training

/// A linear classifier trained by steps on augmented images, by the protocol of DINO, MAE or BEiT (``ProbeProtocol``).
///
/// The encoder is frozen and sees every batch anew, random crops and flips, so an epoch costs a pass of the encoder over
/// the training images. The same seed gives the same numbers.
///
/// Two things follow our loader and not the published code: DINO's crops are scaled bicubically here, and MAE's crops
/// are drawn with torchvision's ten tries.
public enum TrainedProbe {
  /// The settings; what is nil is the protocol's own.
  public struct Config: Codable, Hashable, Sendable {
    /// The protocol; `simple` is ``LinearProbe``'s and not trained by steps.
    public var `protocol`: ProbeProtocol
    /// Passes over the training images.
    public var epochs: Int?
    /// Images of a step, of all processes together; nil takes what ``automaticBatchSize(_:)`` says, as far as it can be
    /// shared out.
    public var batchSize: Int?
    /// The rate for 256 images a step; the rate in use is this times the batch size over 256.
    public var learningRate: Double?
    /// For `dino` and `mae`: one of the last block's outputs; nil is the class token for `mae`, and what is published for
    /// `dino`.
    public var features: FeatureKind?
    /// Decides the classifier's first weights, the order of the images and their crops.
    public var seed: UInt64 = 0
    /// Threads of each process that decode images.
    public var workers = DataLoader.defaultWorkers

    /// The published settings of a protocol.
    public init(_ protocol: ProbeProtocol) { self.protocol = `protocol` }

    /// The published batches of 1,024 and 16,384 images would make few steps of a small data set, so: the largest power
    /// of two that makes sixteen steps an epoch, from 2 to 1,024.
    public static func automaticBatchSize(_ imageCount: Int) -> Int {
      var size = 2
      while size < 1024, size * 2 * 16 <= imageCount { size *= 2 }
      return size
    }

    /// Checks the values.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard `protocol` != .simple else { throw InvalidSetting("protocol", "simple is not trained by steps") }
      if let epochs, epochs < 1 { throw InvalidSetting("epochs", "must be at least 1, not \(epochs)") }
      if let batchSize, batchSize < 2 { throw InvalidSetting("batchSize", "must be at least 2, not \(batchSize)") }
      if let learningRate, !(learningRate > 0 && learningRate.isFinite) {
        throw InvalidSetting("learningRate", "must be above 0, not \(learningRate)")
      }
      if features != nil, `protocol` == .beit {
        throw InvalidSetting("features", "the protocol beit takes class token and patch mean of every block")
      }
    }
  }

  /// How far the training is.
  public struct Progress: Hashable, Sendable, CustomStringConvertible {
    /// Steps done.
    public let step: Int
    /// Steps to do.
    public let totalSteps: Int
    /// The mean loss of a classifier over the last whole epoch; nil in the first.
    public let loss: Double?
    /// Images a second, of late; 0 before that is known.
    public let imagesPerSecond: Double
    /// Seconds to the end of the training; nil before that is known.
    public let secondsLeft: Double?

    /// A line: `probe 120/900  loss 1.2  800 images/s  ETA 40s`.
    public var description: String {
      var parts = ["probe \(step)/\(totalSteps)"]
      if let loss { parts.append("loss \(HumanReadable.number(loss))") }
      if imagesPerSecond > 0 { parts.append("\(HumanReadable.number(imagesPerSecond)) images/s") }
      if let secondsLeft { parts.append("ETA \(HumanReadable.duration(secondsLeft))") }
      return parts.joined(separator: "  ")
    }
  }

  /// Trains the classifiers on the training images and classifies the test images with the last weights.
  ///
  /// - Parameters:
  ///   - train: labelled training images.
  ///   - test: labelled test images of the same classes.
  ///   - extractor: the encoder on its device.
  ///   - config: the settings.
  ///   - processes: who train and classify together, each its share of every batch; all get the result of one that does
  ///     it alone.
  ///   - progress: called after every step.
  /// - Throws: ``EvaluationError``, `InvalidSetting`, `ProcessGroupError`; `DatasetError`, also where the processes cannot
  ///   share out a batch; what `progress` throws.
  public static func evaluate(
    train: ImageDataset, test: ImageDataset, extractor: FeatureExtractor, config: Config,
    processes: ProcessGroup, progress: (Progress) throws -> Void = { _ in }
  ) throws -> Result {
    try config.validate()
    let sets = try LabelledSets(train: train, test: test)
    let features = try ProbeFeatures(extractor, config)
    let schedule = try ProbeSchedule(config, imageCount: train.count, processes: processes)
    let size = extractor.encoder.config.imageSize
    let loader = try DataLoader(
      dataset: train, batchSize: schedule.batchSize,
      views: ViewConfiguration(
        encoder: .init(height: size.height, width: size.width), pixels: extractor.normalization),
      transform: .training(Augmentation.Config()), seed: config.seed, workers: config.workers,
      decodedCacheBudget: DecodedImageCache.defaultBudget / processes.localSize, share: processes.batchShare)
    let training = ProbeTraining(
      features: features, classCount: sets.classCount, config: config, processes: processes)
    try training.run(loader: loader, schedule: schedule, progress: progress)
    let testLoader = try extractor.loader(of: test, workers: config.workers, processes: processes)
    let score = try training.score(testLoader, labels: sets.testLabels)
    let count = score.accuracies[0].count
    guard count > 0 else { throw EvaluationError.tooFewImages(.test, count: 0, needed: 1) }
    let (trainSkipped, testSkipped) = (
      try processes.gatheredOnce(loader.skipped), try processes.gatheredOnce(testLoader.skipped)
    )
    // What was found unusable while the images were listed has no index, and is not among them.
    let unreadable = trainSkipped.count { $0.index != nil }
    return Result(
      score: score, schedule: schedule, config: config,
      measuredOn: Measured(
        encoder: extractor.source, features: features.title, width: features.width,
        trainCount: train.count - unreadable, testCount: count, classCount: sets.classCount,
        skippedCount: trainSkipped.count + testSkipped.count))
  }
}
