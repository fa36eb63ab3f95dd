import DurableFiles
public import Foundation
public import ImageData
public import SelfSupervision
import Settings
public import Torch
import TorchNN
public import Training
import VisionModels

/// One pretraining run, from settings to an encoder: looks at the images, settles the settings, trains.
public final class PretrainingRun {
  /// Every setting, none of them automatic any more.
  public let config: PretrainConfig
  /// Where it computes.
  public let device: Device
  /// What it is about to do.
  public let plan: TrainingPlan
  /// The images.
  public let dataset: ImageDataset

  private let schedule: TrainingSchedule
  private let loader: DataLoader

  /// Looks at the images and settles every setting; writes nothing.
  ///
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the images.
  public init(_ asked: PretrainConfig) throws {
    try asked.validate()
    device = try asked.device.resolve()
    dataset = try ImageDataset(paths: asked.data.images, labelled: asked.recipe.needsLabels)
    config = asked.resolved(imageCount: dataset.count, device: device)
    try config.recipe.validate()
    schedule = try TrainingSchedule(config.training, imageCount: dataset.count, seed: config.seed)
    let budget = config.data.cacheGigabytes.map { Int($0 * 1e9) } ?? 0
    loader = try DataLoader(
      dataset: dataset, batchSize: schedule.batchSize, views: config.recipe.views, transform: config.recipe.transform,
      seed: config.seed, workers: config.data.workers ?? DataLoader.defaultWorkers, decodedCacheBudget: budget)
    plan = schedule.plan(
      device: "\(device), \(config.training.precision.rawValue)", notes: config.notes(asked: asked, device: device))
  }

  /// Trains into a run folder.
  ///
  /// - Parameters:
  ///   - url: the run folder.
  ///   - resuming: whether to continue the run that is there.
  ///   - allowingChange: whether settings that differ from that run's are accepted.
  ///   - stop: ends the run after the update at hand, with a checkpoint.
  ///   - tokenizerProgress: told how far the vocabulary is.
  ///   - observer: told about everything that happens.
  /// - Throws: `RunFolderError`, ``ChangedSettings``, and what training throws.
  public func train(
    into url: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag(),
    tokenizerProgress: (PatchTokenizer.Progress) -> Void = { _ in }, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    let folder = try resuming ? RunFolder.resume(at: url) : RunFolder.create(at: url)
    if resuming && !allowingChange { try ChangedSettings.check(config, against: folder) }
    let tokenizer =
      config.recipe.usesWords ? try vocabulary(in: folder, progress: tokenizerProgress, observer: observer) : nil
    observer(.planned(plan))
    let task = try config.recipe.task(material(tokenizer))
    // Before any checkpoint, so that a run that ends at any moment after can be resumed.
    if !FileManager.default.fileExists(atPath: folder.configuration.path) { try writeConfiguration(to: folder) }
    let trainer = try Trainer(
      task: task, groups: WeightDecayRule.groups(task.model, weightDecay: schedule.weightDecay(0)),
      loader: loader, schedule: schedule, config: config.training, device: device, folder: folder,
      resuming: resuming, stop: stop, observer: observer)
    // Settings that were let change are the run's only once its checkpoint is known to fit them.
    if resuming { try writeConfiguration(to: folder) }
    return try trainer.run()
  }

  func material(_ tokenizer: PatchTokenizer?) -> RunMaterial {
    RunMaterial(device: device, tokenizer: tokenizer, classNames: dataset.classNames)
  }

  /// The vocabulary, made from the images where its kind needs them.
  public func makeTokenizer(progress: (PatchTokenizer.Progress) -> Void = { _ in }) throws -> PatchTokenizer {
    try PatchTokenizer.make(specification, from: patchSource(), device: device, progress: progress)
  }

  /// The batches of a pass over the data, as training sees them.
  public func batches(epoch: Int) -> BatchIterator { loader.batches(epoch: epoch) }

  private var specification: PatchTokenizer.Specification {
    PatchTokenizer.Specification(
      config.tokenizer, patchSize: config.tokenizer.patchSize(encoderPatchSize: config.model.patchSize),
      normalization: config.normalization, seed: config.seed)
  }

  private func patchSource() -> LoaderPatchSource {
    LoaderPatchSource(
      loader,
      patchifier: Patchifier(
        grid: config.model.grid, patchSize: specification.patchSize, normalization: config.normalization, device: .cpu))
  }

  /// The run's own vocabulary: read where it was saved, made and saved otherwise.
  private func vocabulary(
    in folder: RunFolder, progress: (PatchTokenizer.Progress) -> Void, observer: (TrainingEvent) -> Void
  ) throws -> PatchTokenizer {
    if FileManager.default.fileExists(atPath: folder.tokenizer.path) {
      return try PatchTokenizer.load(from: folder.tokenizer, device: device)
    }
    let tokenizer = try makeTokenizer(progress: progress)
    let statistics = try tokenizer.survey(patchSource())
    observer(
      .noted(
        """
        words: \(config.tokenizer.kind.rawValue), \(statistics.usedWords) of \(statistics.vocabulary) in use, \
        perplexity \(HumanReadable.number(statistics.perplexity))
        """))
    if let warning = statistics.warning { observer(.warned(warning)) }
    // Before the vocabulary, so that a run that ends at any moment after can be resumed.
    if !FileManager.default.fileExists(atPath: folder.configuration.path) { try writeConfiguration(to: folder) }
    try tokenizer.save(to: folder.tokenizer)
    return tokenizer
  }

  private func writeConfiguration(to folder: RunFolder) throws {
    let header = ["splitmask \(PretrainingRun.version), libtorch \(Engine.version)"]
    let text = try ConfigurationTree(encoding: config).yaml(header: header)
    try AtomicFile.write(Data(text.utf8), to: folder.configuration)
  }

  /// The program's version.
  public static let version = "0.1.0"
}
