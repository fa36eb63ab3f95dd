public import DenseAnnotations
import DenseTasks
import Evaluation
public import Foundation
import ImageData
public import Torch
public import Training
import VisionModels

/// The training of a segmenter, from settings to a file: looks at the data, settles the settings, trains, judges.
public final class SegmentationRun {
  /// Every setting, none of them automatic any more.
  public let config: SegmentationConfig
  /// Where it computes.
  public let device: Device
  /// What it is about to do.
  public let plan: TrainingPlan
  /// What is learned from.
  public let trainingSet: ADEFolder
  /// What is judged by; nil where nothing is held out.
  public let testSet: ADEFolder?
  /// What the last evaluation found; nil before it, and where nothing is judged.
  public var result: SegmentationMetrics.Result? { task?.lastResult }

  private let processes: ProcessGroup
  private let schedule: TrainingSchedule
  private var task: SegmentationTask?
  private let encoder: LoadedEncoder

  /// Reads the encoder, lists the images and settles every setting; writes nothing.
  ///
  /// - Parameter processes: who train together; each makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the data, as `EncoderSource.load`
  ///   about the encoder.
  public init(_ asked: SegmentationConfig, processes: ProcessGroup = .alone) throws {
    try asked.validate()
    self.processes = processes
    device = try asked.device.resolve(for: processes)
    let (data, folder) = (asked.data, URL(filePath: asked.data.folder))
    func part(_ split: String) throws -> ADEFolder {
      try ADEFolder(
        folder, split: split, classList: data.classList.map { URL(filePath: $0) },
        labelMap: data.labelMap ?? .oneBased, strict: data.strict)
    }
    trainingSet = try part(data.split)
    testSet = try data.testSplit.map(part)
    let survey = try trainingSet.survey()
    try trainingSet.checkLearnable(survey, isMappingGiven: data.labelMap != nil)
    if let testSet { try testSet.checkMeasurable(testSet.survey()) }
    encoder = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
      .load(hints: .init(of: asked.model))
    var asked = asked
    asked.model = encoder.encoder.config
    asked.segmenter.classCount = trainingSet.classNames.count
    config = asked.resolved(imageCount: trainingSet.pairs.count, device: device, processes: processes)
    try config.validate()
    schedule = try TrainingSchedule(
      config.training, imageCount: trainingSet.pairs.count, seed: config.seed,
      processes: processes.memberCount(replicas: config.training.replicas, on: device))
    plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes,
      notes: encoder.notes + SegmentationRun.notes(survey, training: trainingSet, test: testSet, config: config))
  }

  private static func notes(
    _ survey: LabelSurvey, training: ADEFolder, test: ADEFolder?, config: SegmentationConfig
  ) -> [String] {
    var notes = config.presetNotes + ["\(training.classNames.count) classes"]
    if let mapping = config.data.labelMap { notes.append("values of the label maps: \(mapping)") }
    if !survey.isComplete {
      notes.append("classes were counted in \(survey.mapCount) of \(survey.totalCount) label maps")
    }
    notes += ClassCounts(training.classNames, survey.maps, of: "label maps").notes
    if !training.report.isEmpty { notes.append("left out: \(training.report)") }
    notes += training.imageFiles().notes
    if test == nil { notes.append("no split to be judged by was named") }
    return notes
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
      _ = try SegmentationRun(config).train(
        as: member, into: url, resuming: resuming, allowingChange: allowingChange, stop: stop, observer: { _ in })
    }
  }

  private func train(
    as member: ProcessGroup, into url: URL, resuming: Bool, allowingChange: Bool, stop: StopFlag,
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    let session = TrainingSession(
      config: config, training: config.training, schedule: schedule, plan: plan, device: device,
      images: trainingSet.imageFiles(), testImages: testSet?.imageFiles(),
      processes: member, url: url, resuming: resuming, allowingChange: allowingChange, stop: stop)
    return try session.train(
      observer: observer, task: { _ in try makeTask(member) }, loader: { try loader(member) })
  }

  private func loader(_ member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: trainingSet.imageFiles(), batchSize: schedule.batchSize,
      frames: SegmentationFrames(trainingSet, augmentation: config.augmentation), isTraining: true, seed: config.seed,
      workers: member.workers(config.data.workers), share: member.batchShare)
  }

  private func makeTask(_ member: ProcessGroup) throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let network = try UPerNet(encoder.encoder, config: config.segmenter, using: &generator)
    network.move(to: device)
    let segmenter = Segmenter(
      network: network, classNames: trainingSet.classNames, normalization: encoder.normalization,
      view: config.evaluation, labelMap: trainingSet.labelMap)
    let heldOut = try testSet.map { folder in
      SegmentationTask.HeldOut(
        folder: folder,
        evaluation: try SegmentationEvaluation(
          of: folder.imageFiles(), config: config.evaluation, workers: member.workers(config.data.workers),
          device: device,
          precision: config.training.precision.autocastType, share: member.batchShare),
        everyEpochs: config.evaluation.everyEpochs)
    }
    let task = SegmentationTask(
      segmenter: segmenter, layerDecay: config.layerDecay, cropSize: config.augmentation.cropSize, heldOut: heldOut)
    self.task = task
    return task
  }
}
