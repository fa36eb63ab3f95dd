public import DenseAnnotations
import DenseTasks
import Evaluation
public import Foundation
import ImageData
import ImageLoading
import SplitMaskCore
public import Torch
public import Training
import VisionModels

/// The training of a segmenter, from settings to a file: looks at the data, settles the settings, trains, judges.
public final class SegmentationRun: JudgedRun {
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
  public var result: SegmentationMetrics.Result? { latest.value }

  let latest = Latest<SegmentationMetrics.Result>()
  let processes: ProcessGroup
  let schedule: TrainingSchedule
  private let origin: EncoderOrigin

  /// Reads the encoder, lists the images and settles every setting; writes nothing.
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
    _ asked: SegmentationConfig, costs: CostStore? = nil, others: [SegmentationConfig] = [],
    processes: ProcessGroup = .alone
  ) throws {
    try asked.validate()
    let (data, folder) = (asked.data, URL(filePath: asked.data.folder))
    func part(_ split: String) throws -> ADEFolder {
      try ADEFolder(
        folder, split: split, classList: data.classList.map { URL(filePath: $0) },
        labelMap: data.labelMap ?? .oneBased, strict: data.strict)
    }
    let training = try part(data.split)
    let test = try data.testSplit.map(part)
    let survey = try training.survey()
    try training.checkLearnable(survey, isMappingGiven: data.labelMap != nil)
    if let test { try test.checkMeasurable(test.survey()) }
    try self.init(
      asked, training: training, test: test, notes: Self.notes(survey, training: training, test: test, config: asked),
      costs: costs, others: others, processes: processes)
  }

  private init(
    _ asked: SegmentationConfig, training: ADEFolder, test: ADEFolder?, notes: [String], costs: CostStore?,
    others: [SegmentationConfig], processes: ProcessGroup
  ) throws {
    self.processes = processes
    (trainingSet, testSet) = (training, test)
    device = try asked.device.resolve(for: processes)
    origin = try EncoderOrigin(
      source: EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed),
      hints: .init(of: asked.model))
    let encoder = try origin.load()
    try DenseBackbone.validate(encoder.encoder.config)
    var asked = asked
    asked.model = encoder.encoder.config
    asked.segmenter.classCount = training.classNames.count
    let imageCount = training.pairs.count
    config = asked.resolved(imageCount: imageCount, device: device, processes: processes)
    try config.validate()
    schedule = try TrainingSchedule(
      config.training, imageCount: imageCount, seed: config.seed,
      processes: processes.memberCount(replicas: config.training.replicas, on: device))
    var plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes, notes: encoder.notes + notes)
    plan.model = config.summary
    if let costs {
      try plan.expect(
        SegmentationRun.measurement(config, training, device: device, processes: processes), costs,
        schedule: schedule, judging: config.judging(images: test?.pairs.count ?? 0), exportedNetworks: 1,
        presets: config.alternatives(others, imageCount: imageCount, device: device, processes: processes),
        multiplyAdds: config.multiplyAdds(imageCount: imageCount))
    }
    self.plan = plan
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
  var images: ImageDataset { trainingSet.imageFiles() }
  var testImages: ImageDataset? { testSet?.imageFiles() }

  func loader(for member: ProcessGroup) throws -> DataLoader {
    try DataLoader(
      dataset: images, batchSize: schedule.batchSize,
      frames: SegmentationFrames(trainingSet, augmentation: config.augmentation), isTraining: true, seed: config.seed,
      workers: member.workers(config.data.workers), share: member.batchShare)
  }

  func task(for member: ProcessGroup) throws -> SegmentationTask {
    let encoder = try origin.load()
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
    return SegmentationTask(
      segmenter: segmenter, layerDecay: config.layerDecay, cropSize: config.augmentation.cropSize, heldOut: heldOut)
  }

  /// How the cost of a run is measured: on smaller parts of images where its own take long.
  private static func measurement(
    _ config: SegmentationConfig, _ training: ADEFolder, device: Device, processes: ProcessGroup
  ) throws -> CostMeasurement {
    CostMeasurement(
      key: try CostKey(config, of: training.imageFiles(), device: device), training: config.training, device: device,
      processes: processes,
      // Batch normalisation takes two images or more.
      smallestShare: config.training.replicas == 1 ? 2 : 1,
      scales: DenseWork.scales,
      multiplyAdds: { config.multiplyAddsPerImage(scale: $0) },
      sample: { batchSize, scale in
        var config = config
        config.training.limit(toBatches: batchSize)
        config.augmentation = config.augmentation.scaled(scale)
        return try SegmentationRun(
          config, training: training, test: nil, notes: [], costs: nil, others: [], processes: .alone)
      })
  }
}
