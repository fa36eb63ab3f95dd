public import Classification
import Evaluation
public import Foundation
public import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
public import Torch
public import Training
import VisionModels

/// One fine-tuning run, from settings to a classifier: looks at the images, settles the settings, trains, judges.
public final class FineTuningRun: JudgedRun {
  /// Every setting, none of them automatic any more.
  public let config: FineTuneConfig
  /// Where it computes.
  public let device: Device
  /// What it is about to do.
  public let plan: TrainingPlan
  /// The images to learn from, after `data.labels`.
  public let trainingSet: ImageDataset
  /// The images to be judged on; nil where none were given.
  public let testSet: ImageDataset?

  /// What the last evaluation found; nil before it, and where nothing is judged.
  public var result: ClassificationMetrics.Result? { latest.value }

  /// ``result`` with what it was measured on; nil where that is.
  public var report: FineTuningReport? {
    result.map { FineTuningReport($0, encoder: encoderName, trainImages: trainingSet.count) }
  }

  let latest = Latest<ClassificationMetrics.Result>()
  let processes: ProcessGroup
  let schedule: TrainingSchedule
  private let origin: EncoderOrigin
  private let encoderName: String

  /// Reads the encoder, looks at the images and settles every setting; writes nothing.
  ///
  /// - Parameters:
  ///   - asked: the settings that were asked for.
  ///   - costs: what runs cost on this machine, for the plan to say; as
  ///     ``PretrainingRun/init(_:images:indexFolder:costs:others:processes:)``.
  ///   - processes: the process group; each of its processes makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the images, as
  ///   `EncoderSource.load` about the encoder.
  public convenience init(
    _ asked: FineTuneConfig, costs: CostStore? = nil, processes: ProcessGroup = .alone
  ) throws {
    try asked.validate()
    let all = try ImageDataset(paths: asked.data.train, labelled: true)
    try all.checkSeveralClasses()
    let test =
      asked.data.test.isEmpty
      ? nil : try ImageDataset(paths: asked.data.test, labelled: true, classNames: all.classNames)
    _ = try test?.checkHeldOut(from: all, allowed: asked.data.allowOverlap)
    let training = try asked.data.labels.map { try all.balancedSubset($0, seed: asked.seed) } ?? all
    let notes =
      all.notes.map { "training images: \($0)" } + (test?.notes ?? []).map { "test images: \($0)" }
      + training.classNotes
    try self.init(asked, training: training, test: test, notes: notes, costs: costs, processes: processes)
  }

  private init(
    _ asked: FineTuneConfig, training: ImageDataset, test: ImageDataset?, notes: [String], costs: CostStore?,
    processes: ProcessGroup
  ) throws {
    self.processes = processes
    (trainingSet, testSet) = (training, test)
    device = try asked.device.resolve(for: processes)
    origin = try EncoderOrigin(
      source: EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed),
      hints: .init(of: asked.model, imageSize: asked.imageSize))
    let encoder = try origin.load().withPositionsPerBlock()
    encoderName = encoder.source
    var asked = asked
    asked.model = encoder.encoder.config
    asked.imageSize = asked.model.imageSize
    config = asked.resolved(imageCount: training.count, device: device, processes: processes)
    try config.validate()
    let members = processes.memberCount(replicas: config.training.replicas, on: device)
    try config.mixing.validate(batchSize: config.training.batchSize.map { $0 / members })
    schedule = try TrainingSchedule(
      config.training,
      imageCount: DataLoader.samplesPerEpoch(imageCount: training.count, repeats: config.repeats ?? 1),
      seed: config.seed,
      processes: members)
    var plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes,
      notes: encoder.notes + config.notes(asked: asked, device: device) + notes)
    plan.model = config.model.summary
    if let costs {
      try plan.expect(
        FineTuningRun.measurement(config, of: training, device: device, processes: processes), costs,
        schedule: schedule,
        judging: JudgingCost(images: test?.count ?? 0, everyEpochs: config.evaluation.everyEpochs),
        exportedNetworks: test == nil ? 1 : 2)
    }
    self.plan = plan
  }

  /// Looks whether it could go on in a run folder; changes nothing.
  ///
  /// - Throws: `ChangedSettings`, also for other images; `RunFolderError` where there is no run.
  public func checkUnchanged(since url: URL) throws { try compare(withRunIn: url) }

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:vocabulary:tokenizerProgress:observer:)``.
  public func train(
    into url: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag(),
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    try train(
      TrainingRequest(url: url, resuming: resuming, allowingChange: allowingChange, stop: stop), observer: observer)
  }

  var training: Trainer.Config { config.training }
  var images: ImageDataset { trainingSet }
  var testImages: ImageDataset? { testSet }

  func loader(for member: ProcessGroup) throws -> DataLoader {
    let size = config.model.imageSize
    return try DataLoader(
      dataset: trainingSet, batchSize: schedule.batchSize,
      views: ViewConfiguration(encoder: .init(height: size.height, width: size.width)),
      transform: .training(config.augmentation), seed: config.seed, workers: member.workers(config.data.workers),
      decodedCacheBudget: member.cacheBudget(gigabytes: config.data.cacheGigabytes),
      repeats: config.repeats ?? 1, share: member.batchShare)
  }

  func task(for member: ProcessGroup) throws -> ClassificationTask {
    let encoder = try origin.load().withPositionsPerBlock()
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let classifier = try Classifier(
      encoder: encoder.encoder, classNames: trainingSet.classNames, pooling: config.pooling,
      headScale: config.headScale, using: &generator)
    classifier.move(to: device)
    let evaluation = try testSet.map {
      try ClassifierEvaluation(
        of: $0, size: config.model.imageSize, config: config.evaluation, batchSize: schedule.batchSize,
        workers: member.workers(config.data.workers),
        cacheBudget: member.cacheBudget(gigabytes: config.data.cacheGigabytes), device: device,
        precision: config.training.precision.autocastType, share: member.batchShare)
    }
    let preparation = BatchPreparation(
      encoder: config.model, classCount: trainingSet.classNames.count, normalization: encoder.normalization,
      mixing: BatchMixing(config.mixing), erasing: RandomErasing(config.erasing), device: device)
    return ClassificationTask(
      classifier: classifier, preparation: preparation, normalization: encoder.normalization,
      layerDecay: config.layerDecay ?? 1, evaluation: evaluation, evaluationEpochs: config.evaluation.everyEpochs)
  }

  /// How the cost of a run is measured, on as few images as its batches need.
  private static func measurement(
    _ config: FineTuneConfig, of dataset: ImageDataset, device: Device, processes: ProcessGroup
  ) throws -> CostMeasurement {
    CostMeasurement(
      key: try CostKey(config, of: dataset, device: device, keepsDecodedImages: config.keepsDecoded(dataset)),
      training: config.training, device: device,
      processes: processes,
      // Mixing takes images in pairs.
      smallestShare: 2,
      multiplyAdds: { _ in config.model.work(patches: config.model.grid.count).stepMultiplyAdds },
      sample: { batchSize, _ in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.repeats = 1
        return try FineTuningRun(
          config, training: dataset.spread(batchSize), test: nil, notes: [], costs: nil, processes: .alone)
      })
  }
}

extension FineTuneConfig {
  /// Whether all decoded images find room in memory.
  fileprivate func keepsDecoded(_ dataset: ImageDataset) -> Bool {
    DecodedImageCache(dataset: dataset, budget: Int((data.cacheGigabytes ?? 0) * 1e9)) != nil
  }
}

extension FineTuneConfig {
  /// What the plan should mention besides its numbers.
  fileprivate func notes(asked: FineTuneConfig, device: Device) -> [String] {
    var notes: [String] = []
    if asked.regime == .automatic {
      notes.append(
        regime == .smallData
          ? "fewer than \(HumanReadable.count(Regime.smallDataLimit)) labelled images: learning rates fall by "
            + "\(HumanReadable.number(layerDecay ?? 1)) from layer to layer (--set regime=standard for DeiT's recipe)"
          : "DeiT's recipe with repeated augmentation (--set regime=small-data for BEiT's)")
    }
    if asked.training.epochs == nil && asked.training.steps == nil && device.kind == .cpu {
      notes.append("on a CPU fewer epochs than the paper's 300; ask for more with --epochs N")
    }
    if data.test.isEmpty { notes.append("no test images were given, so nothing is judged") }
    return notes
  }
}
