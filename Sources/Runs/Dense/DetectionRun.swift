public import DenseAnnotations
public import DenseTasks
import Evaluation
public import Foundation
import ImageData
import ImageLoading
import SplitMaskCore
public import Torch
public import Training
import VisionModels

/// The training of a detector, from settings to a file: looks at the data, settles the settings, trains, judges.
public final class DetectionRun: JudgedRun {
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
  public var result: DetectionEvaluation.Result? { latest.value }

  let latest = Latest<DetectionEvaluation.Result>()
  let processes: ProcessGroup
  let schedule: TrainingSchedule
  /// The files of ``indices``.
  let images: ImageDataset
  let testImages: ImageDataset?
  /// The images of the training set that are learned from.
  private let indices: [Int]
  private let origin: EncoderOrigin

  /// Reads encoder and annotations and settles every setting; writes nothing.
  ///
  /// - Parameters:
  ///   - asked: the settings that were asked for.
  ///   - costs: what runs cost on this machine, for the plan to say; as
  ///     ``PretrainingRun/init(_:images:indexFolder:costs:others:processes:)``.
  ///   - others: the same run with other presets, for the plan to name with their times.
  ///   - processes: the process group; each of its processes makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the data, as `EncoderSource.load`
  ///   about the encoder.
  public convenience init(
    _ asked: DetectionConfig, costs: CostStore? = nil, others: [DetectionConfig] = [],
    processes: ProcessGroup = .alone
  ) throws {
    try asked.validate()
    let data = asked.data
    let training = try COCODataset(
      URL(filePath: data.annotations), imageFolder: URL(filePath: data.images), strict: data.strict)
    let test = try data.testAnnotations.map {
      try COCODataset(URL(filePath: $0), imageFolder: URL(filePath: data.testImages ?? ""), strict: data.strict)
    }
    if let test, test.categories.map(\.name) != training.categories.map(\.name) {
      throw DatasetError("\(test.url.path) has other categories than \(training.url.path)")
    }
    var asked = asked
    asked.detector.findsMasks = asked.detector.findsMasks && training.hasMasks
    let survey = try DetectionSurvey(
      training, images: training.trainingImages(emptyImages: data.emptyImages), augmentation: asked.augmentation,
      proposals: asked.detector.proposals)
    try self.init(
      asked, training: training, test: test, notes: Self.notes(survey, training: training, test: test, config: asked),
      costs: costs, others: others, processes: processes)
  }

  private init(
    _ asked: DetectionConfig, training: COCODataset, test: COCODataset?, notes: [String], costs: CostStore?,
    others: [DetectionConfig], processes: ProcessGroup
  ) throws {
    self.processes = processes
    (trainingSet, testSet) = (training, test)
    device = try asked.device.resolve(for: processes)
    indices = training.trainingImages(emptyImages: asked.data.emptyImages)
    images = try training.files(ofImages: indices, in: URL(filePath: asked.data.images))
    testImages = try test.map {
      try $0.files(ofImages: Array($0.images.indices), in: URL(filePath: asked.data.testImages ?? ""))
    }
    origin = try EncoderOrigin(
      source: EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed),
      hints: .init(of: asked.model))
    let encoder = try origin.load()
    try DenseBackbone.validate(encoder.encoder.config)
    var asked = asked
    asked.model = encoder.encoder.config
    asked.detector.classCount = training.categories.count
    config = asked.resolved(imageCount: indices.count, device: device, processes: processes)
    try config.validate()
    schedule = try TrainingSchedule(
      config.training, imageCount: indices.count, seed: config.seed,
      processes: processes.memberCount(replicas: config.training.replicas, on: device))
    var plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes, notes: encoder.notes + notes)
    plan.model = config.summary
    if let costs {
      try plan.expect(
        DetectionRun.measurement(config, training, images, device: device, processes: processes), costs,
        schedule: schedule, judging: config.judging(images: testImages?.count ?? 0), exportedNetworks: 1,
        presets: config.alternatives(others, imageCount: indices.count, device: device, processes: processes),
        multiplyAdds: config.multiplyAdds(imageCount: indices.count))
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

  func loader(for member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: images, batchSize: schedule.batchSize,
      frames: DetectionFrames(
        trainingSet, images: indices, augmentation: config.augmentation, hasMasks: config.detector.findsMasks,
        patchSize: config.model.patchSize), isTraining: true, seed: config.seed,
      workers: member.workers(config.data.workers), share: member.batchShare)
  }

  func task(for member: ProcessGroup) throws -> DetectionTask {
    let encoder = try origin.load()
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let network = try MaskRCNN(encoder.encoder, config: config.detector, using: &generator)
    network.move(to: device)
    let detector = Detector(
      network: network, classNames: trainingSet.categories.map(\.name), normalization: encoder.normalization,
      view: config.evaluation.view)
    let evaluation = try testSet.map { dataset in
      try DetectionEvaluation(
        of: dataset, images: testImages!, view: config.evaluation.view, batchSize: config.evaluation.batchSize,
        workers: member.workers(config.data.workers), device: device,
        precision: config.training.precision.autocastType, share: member.batchShare)
    }
    return DetectionTask(
      detector: detector, layerDecay: config.layerDecay, evaluation: evaluation,
      evaluationEpochs: config.evaluation.everyEpochs)
  }

  /// How the cost of a run is measured: images of middling size, or of smaller ones where that takes long.
  private static func measurement(
    _ config: DetectionConfig, _ training: COCODataset, _ images: ImageDataset, device: Device, processes: ProcessGroup
  ) throws -> CostMeasurement {
    CostMeasurement(
      key: try CostKey(config, of: images, device: device), training: config.training, device: device,
      processes: processes,
      scales: DenseWork.scales,
      multiplyAdds: { config.multiplyAddsPerImage(scale: $0) },
      sample: { batchSize, scale in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.augmentation = config.augmentation.middling(scale: scale)
        return try DetectionRun(
          config, training: training, test: nil, notes: [], costs: nil, others: [], processes: .alone)
      })
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
