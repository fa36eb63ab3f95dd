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
  private let views: ViewConfiguration
  private let masks: any PatchSplitGenerator

  /// Looks at the images and settles every setting; writes nothing.
  ///
  /// - Parameter indexFolder: where the indexes of tar shards are kept; nil reads them anew.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the images.
  public init(_ asked: PretrainConfig, indexFolder: URL? = nil) throws {
    try asked.validate()
    device = try asked.device.resolve()
    dataset = try ImageDataset(paths: asked.data.images, indexFolder: indexFolder)
    config = asked.resolved(imageCount: dataset.count, device: device)
    schedule = try TrainingSchedule(config.training, imageCount: dataset.count, seed: config.seed)
    views = config.views
    masks = try config.masks()
    let budget = config.data.cacheGigabytes.map { Int($0 * 1e9) } ?? 0
    loader = try DataLoader(
      dataset: dataset, batchSize: schedule.batchSize, views: views, transform: .training(config.augmentation),
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
    let (folder, lock) = try RunFolder.claim(at: url, resuming: resuming)
    defer { lock?.release() }
    if resuming && !allowingChange { try ChangedSettings.check(config, against: folder) }
    let tokenizer = try vocabulary(in: folder, progress: tokenizerProgress, observer: observer)
    observer(.planned(plan))
    let task = try makeTask(tokenizer: tokenizer)
    let trainer = try Trainer(
      task: task, groups: WeightDecayRule.groups(task.model, weightDecay: config.training.weightDecay),
      loader: loader, schedule: schedule, config: config.training, device: device, folder: folder,
      resuming: resuming, stop: stop, observer: observer)
    // Settings that were let change are the run's only once its checkpoint is known to fit them.
    if resuming { try writeConfiguration(to: folder) }
    return try trainer.run()
  }

  /// The method with fresh weights and a vocabulary.
  public func makeTask(tokenizer: PatchTokenizer) throws -> SplitMaskTask {
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let model = try SplitMaskModel(
      encoder: config.model, config: config.splitmask, vocabulary: config.tokenizer.vocabulary, device: device,
      using: &generator)
    let computation = SplitMaskStep(
      model: model, tokenizer: tokenizer, config: config.splitmask, normalization: config.normalization,
      device: device)
    return SplitMaskTask(computation: computation, masks: masks) { [config] model, folder in
      try EncoderFile.write(model.encoder, normalization: config.normalization, to: folder.encoder)
    }
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
    // The configuration is the first of all files, so that a run that ends at any moment after can be resumed.
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

extension PretrainConfig {
  /// The sizes that encoder and tokenizer see.
  public var views: ViewConfiguration {
    let size = model.imageSize
    let side = tokenizer.patchSize(encoderPatchSize: model.patchSize)
    let encoder = ViewConfiguration.Size(height: size.height, width: size.width)
    guard side != model.patchSize else { return ViewConfiguration(encoder: encoder) }
    let grid = model.grid
    return ViewConfiguration(encoder: encoder, tokenizer: .init(height: grid.rows * side, width: grid.columns * side))
  }

  /// Who sees which patches.
  public func masks() throws -> any PatchSplitGenerator {
    let masking = splitmask.masking
    // Once more: the strategy may have been automatic before.
    try masking.validate()
    let ratio = masking.ratio ?? 0.5
    return masking.strategy == .uniform
      ? try UniformMaskGenerator(grid: model.grid, ratio: ratio, complement: masking.complement)
      : try BlockMaskGenerator(grid: model.grid, ratio: ratio, exact: masking.exact)
  }

  /// What the plan should mention besides its numbers.
  func notes(asked: PretrainConfig, device: Device) -> [String] {
    var notes: [String] = []
    if asked.regime == .automatic {
      notes.append(
        regime == .smallData
          ? "below \(HumanReadable.count(Regime.smallDataLimit)) images: uniform masks of 75 % and extra "
            + "augmentation (--set regime=standard for neither)"
          : "block masks of 50 %, crops and flips (--set regime=small-data for stronger ones)")
    }
    if asked.training.epochs == nil && asked.training.steps == nil && device.kind == .cpu {
      notes.append("on a CPU far fewer epochs than the paper's rule; ask for more with --epochs N")
    }
    if training.accumulate > 1 && splitmask.match {
      notes.append("the negatives of the matching loss are the \(training.batchSize ?? 0) images of one micro-batch")
    }
    return notes
  }
}
