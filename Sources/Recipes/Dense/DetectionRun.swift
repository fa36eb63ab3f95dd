public import DenseAnnotations
public import DenseTasks
import Evaluation
public import Foundation
import ImageData
public import Torch
public import Training
import VisionModels

/// The training of a detector, from settings to a file: looks at the data, settles the settings, trains, judges.
public final class DetectionRun {
  /// Every setting, none of them automatic any more.
  public let config: DetectionConfig
  /// Where it computes.
  public let device: Device
  /// What it is about to do.
  public let plan: TrainingPlan
  /// What is learned.
  public let trainingSet: COCODataset
  /// What is judged by; nil where nothing is held out.
  public let testSet: COCODataset?
  /// What the last evaluation found; nil before it, and where nothing is judged.
  public var result: DetectionEvaluation.Result? { task?.lastResult }

  private let images: [Int]
  private let processes: ProcessGroup
  private let schedule: TrainingSchedule
  private var task: DetectionTask?
  private let encoder: LoadedEncoder

  /// Reads encoder and annotations and settles every setting; writes nothing.
  ///
  /// - Parameter processes: who train together; each makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the data, as `EncoderSource.load`
  ///   about the encoder.
  public init(_ asked: DetectionConfig, processes: ProcessGroup = .alone) throws {
    try asked.validate()
    self.processes = processes
    device = try asked.device.resolve(for: processes)
    let data = asked.data
    trainingSet = try COCODataset(
      URL(filePath: data.annotations), imageFolder: URL(filePath: data.images), strict: data.strict)
    testSet = try data.testAnnotations.map {
      try COCODataset(URL(filePath: $0), imageFolder: URL(filePath: data.testImages ?? ""), strict: data.strict)
    }
    if let testSet, testSet.categories.map(\.name) != trainingSet.categories.map(\.name) {
      throw DatasetError("\(testSet.url.path) has other categories than \(trainingSet.url.path)")
    }
    images = trainingSet.trainingImages(emptyImages: data.emptyImages)
    let survey = try DetectionSurvey(
      trainingSet, images: images, augmentation: asked.augmentation, proposals: asked.detector.proposals)
    encoder = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
      .load(hints: .init(of: asked.model))
    var asked = asked
    asked.model = encoder.encoder.config
    asked.detector.classCount = trainingSet.categories.count
    asked.detector.findsMasks = asked.detector.findsMasks && trainingSet.hasMasks
    config = asked.resolved(imageCount: images.count, device: device, processes: processes)
    try config.validate()
    schedule = try TrainingSchedule(
      config.training, imageCount: images.count, seed: config.seed,
      processes: processes.memberCount(replicas: config.training.replicas, on: device))
    plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes,
      notes: encoder.notes + DetectionRun.notes(survey, training: trainingSet, test: testSet, config: config))
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
      _ = try DetectionRun(config).train(
        as: member, into: url, resuming: resuming, allowingChange: allowingChange, stop: stop, observer: { _ in })
    }
  }

  private func train(
    as member: ProcessGroup, into url: URL, resuming: Bool, allowingChange: Bool, stop: StopFlag,
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    let session = TrainingSession(
      config: config, training: config.training, schedule: schedule, plan: plan, device: device,
      images: try imageFiles(), testImages: try testFiles(),
      processes: member, url: url, resuming: resuming, allowingChange: allowingChange, stop: stop)
    return try session.train(
      observer: observer, task: { _ in try makeTask(member) }, loader: { try loader(member) })
  }

  private func loader(_ member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: imageFiles(),
      batchSize: schedule.batchSize,
      frames: DetectionFrames(
        trainingSet, images: images, augmentation: config.augmentation, hasMasks: config.detector.findsMasks,
        patchSize: config.model.patchSize), isTraining: true, seed: config.seed,
      workers: member.workers(config.data.workers),
      share: member.batchShare)
  }

  private func imageFiles() throws -> ImageDataset {
    try trainingSet.files(ofImages: images, in: URL(filePath: config.data.images))
  }

  private func testFiles() throws -> ImageDataset? {
    try testSet.map {
      try $0.files(ofImages: Array($0.images.indices), in: URL(filePath: config.data.testImages ?? ""))
    }
  }

  private func makeTask(_ member: ProcessGroup) throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let network = try MaskRCNN(encoder.encoder, config: config.detector, using: &generator)
    network.move(to: device)
    let detector = Detector(
      network: network, classNames: trainingSet.categories.map(\.name), normalization: encoder.normalization,
      view: config.evaluation.view)
    let evaluation = try testSet.map { dataset in
      try DetectionEvaluation(
        of: dataset, images: try testFiles()!,
        view: config.evaluation.view, batchSize: config.evaluation.batchSize,
        workers: member.workers(config.data.workers), device: device,
        precision: config.training.precision.autocastType, share: member.batchShare)
    }
    let task = DetectionTask(
      detector: detector, layerDecay: config.layerDecay, evaluation: evaluation,
      evaluationEpochs: config.evaluation.everyEpochs)
    self.task = task
    return task
  }

  private static func notes(
    _ survey: DetectionSurvey, training: COCODataset, test: COCODataset?, config: DetectionConfig
  ) -> [String] {
    var notes = config.presetNotes + survey.notes
    if !config.detector.findsMasks { notes.append("boxes without masks") }
    if !training.report.isEmpty { notes.append("left out of \(training.url.path): \(training.report)") }
    if let test, !test.report.isEmpty { notes.append("left out of \(test.url.path): \(test.report)") }
    if test == nil { notes.append("no COCO file to be judged by was given") }
    return notes
  }
}
