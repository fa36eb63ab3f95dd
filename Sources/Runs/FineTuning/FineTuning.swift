public import Classification
import Evaluation
import ImageCoding
public import ImageData
public import ImageLoading
import ImageTransforms
import SplitMaskCore
public import Torch
public import Training
import TrainingCost
import VisionModels

/// A fine-tuning run.
public typealias FineTuningRun = TrainingRun<FineTuning>

/// Fine-tuning: an encoder and a head learn from labelled images.
public struct FineTuning: TrainingRecipe {
  /// Labelled images.
  public typealias Data = SplitData<ImageDataset>

  /// What the classifier reached on the test images.
  public typealias Result = ClassificationMetrics.Result

  /// Every setting, none of them automatic any more.
  public let config: FineTuneConfig
  /// Length, rates, logs and checkpoints.
  public let training: Trainer.ResolvedConfig
  /// The images to learn from, after `data.labels`.
  public let images: ImageDataset
  /// The images to be evaluated; nil where none were given.
  public let testImages: ImageDataset?
  /// What the plan says besides its numbers.
  public let notes: [String]

  /// What the encoder is called.
  let encoderName: String
  /// How pixels are seen.
  private var pixels: PixelNormalization { origin.pixels }
  private let choices: FineTuneConfig.Choices
  private let device: Device
  private let origin: EncoderOrigin

  /// Lists training and test images.
  ///
  /// - Throws: `DatasetError`.
  public static func data(of asked: FineTuneConfig) throws -> Data {
    let files = try asked.pixels.channelFiles(of: asked.encoder, asked.model, seed: asked.seed)
    let all = try ImageDataset(paths: asked.data.train, labelled: true, channelFiles: files)
    try all.checkSeveralClasses()
    let test =
      asked.data.test.isEmpty
      ? nil
      : try ImageDataset(
        paths: asked.data.test, labelled: true, classNames: all.classNames, channelFiles: files)
    _ = try test?.checkHeldOut(from: all, allowed: asked.data.allowOverlap)
    let training = try asked.data.labels.map { try all.balancedSubset($0, seed: asked.seed) } ?? all
    return Data(
      training: training, test: test,
      notes: all.notes.map { "training images: \($0)" } + (test?.notes ?? []).map { "test images: \($0)" }
        + training.classNotes)
  }

  /// Reads the encoder and resolves every setting.
  ///
  /// - Throws: `InvalidSetting`; as `EncoderSource.load`.
  public init(_ asked: FineTuneConfig, data: Data, device: Device, processes: ProcessGroup) throws {
    (images, testImages, self.device) = (data.training, data.test, device)
    let source = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
    origin = try EncoderOrigin(
      source, hints: .init(of: asked.model, imageSize: asked.imageSize), seeing: images, as: asked.pixels,
      resolved: asked.normalization)
    let encoder = try origin.load().withPositionsPerBlock()
    encoderName = encoder.source
    var asked = asked
    asked.model = encoder.encoder.config
    asked.imageSize = asked.model.imageSize
    if origin.pixels.format != nil { asked.normalization = origin.pixels }
    let resolved = asked.resolved(imageCount: images.count, device: device, processes: processes)
    (config, training) = (resolved.config, resolved.training)
    choices = config.choices(imageCount: images.count)
    notes = origin.notes + encoder.notes + config.notes(asked: asked, choices, device: device) + data.notes
  }

  /// Images that an epoch shows, repeats included.
  public var imagesPerEpoch: Int { DataLoader.samplesPerEpoch(imageCount: images.count, repeats: choices.repeats) }

  /// The encoder in a line.
  public var summary: String { config.model.summary }

  /// Checks that images can be mixed in the batch that a member sees.
  public func validate(memberBatch: Int) throws { try config.mixing.validate(batchSize: memberBatch) }

  /// A loader of random views of the images.
  public func loader(for member: ProcessGroup) throws -> DataLoader {
    let size = config.model.imageSize
    return try DataLoader(
      dataset: images, batchSize: training.batchSize,
      views: ViewConfiguration(encoder: .init(height: size.height, width: size.width), pixels: pixels),
      transform: .training(config.augmentation), seed: config.seed, workers: member.workers(config.data.workers),
      decodedCacheBudget: member.cacheBudget(gigabytes: config.data.cacheGigabytes), repeats: choices.repeats,
      share: member.batchShare)
  }

  /// The encoder with a fresh head.
  public func task(
    _ request: TaskRequest
  ) throws -> (task: any TrainingTask, evaluation: PeriodicEvaluation<Result>?) {
    let encoder = try origin.load().withPositionsPerBlock()
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let classifier = try Classifier(
      encoder: encoder.encoder, classNames: images.classNames, pooling: config.pooling,
      headScale: config.headScale, using: &generator)
    classifier.move(to: device)
    let preparation = BatchPreparation(
      encoder: config.model, classCount: images.classNames.count, normalization: pixels,
      mixing: BatchMixing(config.mixing), erasing: RandomErasing(config.erasing), device: device)
    let evaluation = try evaluation(of: classifier, preparation, member: request.member)
    let task = ClassificationTask(
      classifier: classifier, preparation: preparation, normalization: pixels,
      layerDecay: choices.layerDecay, evaluation: evaluation)
    return (task, evaluation)
  }

  private func evaluation(
    of classifier: Classifier, _ preparation: BatchPreparation, member: ProcessGroup
  ) throws -> PeriodicEvaluation<Result>? {
    guard let testImages else { return nil }
    let evaluation = try ClassifierEvaluation(
      of: testImages, size: config.model.imageSize, pixels: pixels, config: config.evaluation,
      batchSize: training.batchSize,
      workers: member.workers(config.data.workers),
      cacheBudget: member.cacheBudget(gigabytes: config.data.cacheGigabytes), device: device,
      precision: training.precision.autocastType, share: member.batchShare)
    return PeriodicEvaluation(everyEpochs: config.evaluation.everyEpochs, fileName: RunFolder.classificationName) {
      try evaluation.measure(classifier, preparation: preparation, processes: $0)
    }
  }

  /// How a run is timed, on as few images as its batches need.
  public var cost: RunCost<FineTuning>? {
    let budget = Int((config.data.cacheGigabytes ?? 0) * 1e9)
    let keepsDecodedImages = DecodedImageCache(dataset: images, pixels: pixels, budget: budget) != nil
    let work = config.model.work(patches: config.model.grid.count).stepMultiplyAdds
    var cost = RunCost<FineTuning>(
      settings: config.costSettings, multiplyAdds: { _ in work },
      sample: { batchSize, _ in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.repeats = 1
        if !keepsDecodedImages { config.data.cacheGigabytes = 0 }
        return (config, Data(training: images.spread(batchSize), test: nil, notes: []))
      })
    // Mixing takes images in pairs.
    (cost.keepsDecodedImages, cost.smallestShare) = (keepsDecodedImages, 2)
    cost.evaluation = EvaluationCost(images: testImages?.count ?? 0, everyEpochs: config.evaluation.everyEpochs)
    // The best classifier is kept beside the last.
    cost.exportedNetworks = testImages == nil ? 1 : 2
    return cost
  }
}

extension TrainingRun where Recipe == FineTuning {
  /// ``TrainingRun/result`` with what it was measured on; nil where that is.
  public var report: FineTuningReport? {
    result.map { FineTuningReport($0, encoder: recipe.encoderName, trainImages: recipe.images.count) }
  }
}

extension FineTuneConfig {
  /// What the plan should mention besides its numbers.
  fileprivate func notes(asked: FineTuneConfig, _ choices: Choices, device: Device) -> [String] {
    var notes: [String] = []
    if asked.regime == .automatic {
      notes.append(
        regime == .smallData
          ? "fewer than \(HumanReadable.count(Regime.smallDataLimit)) labelled images: learning rates fall by "
            + "\(HumanReadable.number(choices.layerDecay)) from layer to layer (--set regime=standard for DeiT's recipe)"
          : "DeiT's recipe with repeated augmentation (--set regime=small-data for BEiT's)")
    }
    if asked.training.epochs == nil && asked.training.steps == nil && device.kind == .cpu {
      notes.append("on a CPU fewer epochs than the paper's 300; ask for more with --epochs N")
    }
    if data.test.isEmpty { notes.append("no test images were given, so nothing is judged") }
    return notes
  }
}
