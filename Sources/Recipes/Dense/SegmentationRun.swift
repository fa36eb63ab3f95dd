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
      try ADEFolder(folder, split: split, classList: data.classList.map { URL(filePath: $0) }, strict: data.strict)
    }
    trainingSet = try part(data.split)
    testSet = try data.testSplit.map(part)
    encoder = try EncoderSource(named: asked.encoder, config: asked.model, seed: asked.seed)
      .load(hints: .init(of: asked.model))
    var asked = asked
    asked.model = encoder.encoder.config
    asked.segmenter.classCount = trainingSet.classNames.count
    config = asked.resolved(imageCount: trainingSet.pairs.count, device: device, processes: processes)
    try config.validate()
    schedule = try TrainingSchedule(
      config.training, imageCount: trainingSet.pairs.count, seed: config.seed, processes: processes.size)
    var notes = encoder.notes + ["\(trainingSet.classNames.count) classes"]
    if !trainingSet.report.isEmpty { notes.append("left out: \(trainingSet.report)") }
    if testSet == nil { notes.append("no split to be judged by was named") }
    plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes, notes: notes)
  }

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:tokenizerProgress:observer:)``.
  public func train(
    into url: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag(),
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    let session = TrainingSession(
      config: config, training: config.training, schedule: schedule, plan: plan, device: device,
      images: try imageFiles(), testImages: try testSet?.imageFiles(), processes: processes)
    return try session.train(
      into: url, resuming: resuming, allowingChange: allowingChange, stop: stop, observer: observer,
      task: { _ in try makeTask() },
      loader: loader)
  }

  private var workers: Int { config.data.workers ?? processes.defaultWorkers }

  private func loader() throws -> DataLoader {
    try DataLoader(
      dataset: imageFiles(), batchSize: schedule.batchSize,
      frames: SegmentationFrames(trainingSet, augmentation: config.augmentation), isTraining: true, seed: config.seed,
      workers: workers, share: processes.batchShare)
  }

  private func imageFiles() throws -> ImageDataset { try trainingSet.imageFiles() }

  private func makeTask() throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, index: 1, purpose: .initialization)
    let network = try UPerNet(encoder.encoder, config: config.segmenter, using: &generator)
    network.move(to: device)
    let segmenter = Segmenter(
      network: network, classNames: trainingSet.classNames, normalization: encoder.normalization)
    let heldOut = try testSet.map { folder in
      SegmentationTask.HeldOut(
        folder: folder,
        evaluation: try SegmentationEvaluation(
          of: folder.imageFiles(), config: config.evaluation, workers: workers, device: device,
          precision: config.training.precision.autocastType, share: processes.batchShare),
        everyEpochs: config.evaluation.everyEpochs)
    }
    let task = SegmentationTask(
      segmenter: segmenter, layerDecay: config.layerDecay, cropSize: config.augmentation.cropSize, heldOut: heldOut)
    self.task = task
    return task
  }
}
