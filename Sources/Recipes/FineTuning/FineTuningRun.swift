public import Classification
import Evaluation
public import Foundation
public import ImageData
public import Torch
public import Training
import VisionModels

/// One fine-tuning run, from settings to a classifier: looks at the images, settles the settings, trains, judges.
public final class FineTuningRun {
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
  public var result: ClassificationMetrics.Result? { task?.lastResult }

  /// ``result`` with what it was measured on; nil where that is.
  public var report: FineTuningReport? {
    result.map { FineTuningReport($0, encoder: encoder.source, trainImages: trainingSet.count) }
  }

  private let processes: ProcessGroup
  private let schedule: TrainingSchedule
  private var task: ClassificationTask?
  private let encoder: LoadedEncoder

  /// Reads the encoder, looks at the images and settles every setting; writes nothing.
  ///
  /// - Parameter processes: who train together; each makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the images, as
  ///   `EncoderSource.load` about the encoder.
  public init(_ asked: FineTuneConfig, processes: ProcessGroup = .alone) throws {
    try asked.validate()
    self.processes = processes
    device = try asked.device.resolve(for: processes)
    let all = try ImageDataset(paths: asked.data.train, labelled: true)
    try all.checkSeveralClasses()
    trainingSet = try asked.data.labels.map { try all.balancedSubset($0, seed: asked.seed) } ?? all
    testSet =
      asked.data.test.isEmpty
      ? nil : try ImageDataset(paths: asked.data.test, labelled: true, classNames: all.classNames)
    _ = try testSet?.checkHeldOut(from: all, allowed: asked.data.allowOverlap)
    var asked = asked
    let source = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
    encoder = try source.load(hints: .init(of: asked.model, imageSize: asked.imageSize)).withPositionsPerBlock()
    asked.model = encoder.encoder.config
    asked.imageSize = asked.model.imageSize
    config = asked.resolved(imageCount: trainingSet.count, device: device, processes: processes)
    try config.validate()
    let members = processes.memberCount(replicas: config.training.replicas, on: device)
    try config.mixing.validate(batchSize: config.training.batchSize.map { $0 / members })
    schedule = try TrainingSchedule(
      config.training,
      imageCount: DataLoader.samplesPerEpoch(imageCount: trainingSet.count, repeats: config.repeats ?? 1),
      seed: config.seed,
      processes: members)
    plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes,
      notes: encoder.notes + config.notes(asked: asked, device: device)
        + all.notes.map { "training images: \($0)" } + (testSet?.notes ?? []).map { "test images: \($0)" }
        + trainingSet.classNotes)
  }

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:tokenizerProgress:observer:)``.
  public func train(
    into url: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag(),
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    try Replicas.run(processes.members(replicas: config.training.replicas, on: device)) { member in
      try train(
        as: member, into: url, resuming: resuming, allowingChange: allowingChange, stop: stop, observer: observer)
    } follow: { [config] member in
      _ = try FineTuningRun(config).train(
        as: member, into: url, resuming: resuming, allowingChange: allowingChange, stop: stop, observer: { _ in })
    }
  }

  private func train(
    as member: ProcessGroup, into url: URL, resuming: Bool, allowingChange: Bool, stop: StopFlag,
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    let session = TrainingSession(
      config: config, training: config.training, schedule: schedule, plan: plan, device: device, images: trainingSet,
      testImages: testSet, processes: member, url: url, resuming: resuming, allowingChange: allowingChange, stop: stop)
    return try session.train(
      observer: observer, task: { _ in try makeTask(member) }, loader: { try loader(member) })
  }

  private func loader(_ member: ProcessGroup) throws -> DataLoader {
    let size = config.model.imageSize
    return try DataLoader(
      dataset: trainingSet, batchSize: schedule.batchSize,
      views: ViewConfiguration(encoder: .init(height: size.height, width: size.width)),
      transform: .training(config.augmentation), seed: config.seed, workers: member.workers(config.data.workers),
      decodedCacheBudget: member.cacheBudget(gigabytes: config.data.cacheGigabytes),
      repeats: config.repeats ?? 1, share: member.batchShare)
  }

  private func makeTask(_ member: ProcessGroup) throws -> any TrainingTask {
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
    let task = ClassificationTask(
      classifier: classifier, preparation: preparation, normalization: encoder.normalization,
      layerDecay: config.layerDecay ?? 1, evaluation: evaluation, evaluationEpochs: config.evaluation.everyEpochs)
    self.task = task
    return task
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
