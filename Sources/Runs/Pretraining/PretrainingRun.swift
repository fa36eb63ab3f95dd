import DurableFiles
public import Foundation
public import ImageData
public import ImageLoading
public import SelfSupervision
public import Torch
import TorchNN
public import Training
import VisionModels

/// One pretraining run, from settings to an encoder: looks at the images, settles the settings, trains.
public final class PretrainingRun: MemberRun {
  /// Every setting, none of them automatic any more.
  public let config: PretrainConfig
  /// Where it computes.
  public let device: Device
  /// What it is about to do.
  public let plan: TrainingPlan
  /// The images.
  public let dataset: ImageDataset

  let processes: ProcessGroup
  package let schedule: TrainingSchedule
  package let loader: DataLoader
  /// The classes that an online probe learns; nil where there is none.
  private let probedClasses: Int?

  /// Looks at the images and settles every setting; writes nothing.
  ///
  /// - Parameters:
  ///   - asked: the settings.
  ///   - images: the images of `asked.data.images` where they have been listed already; shares their decoded pixels.
  ///   - indexFolder: where the indexes of tar shards are kept; nil reads them anew.
  ///   - costs: what runs cost on this machine, for the plan to say; a kind of run that it lacks is measured, which takes
  ///     some seconds. Nil leaves time and memory out of the plan.
  ///   - others: the same run with other presets, for the plan to name with their times.
  ///   - processes: who train together; each makes a run of the same settings.
  /// - Throws: `InvalidSetting` for settings that cannot work, `DatasetError` about the images.
  public init(
    _ asked: PretrainConfig, images: LoadedImages? = nil, indexFolder: URL? = nil, costs: CostStore? = nil,
    others: [PretrainConfig] = [], processes: ProcessGroup = .alone
  ) throws {
    try asked.validate()
    self.processes = processes
    device = try asked.device.resolve(for: processes)
    let all = try images?.dataset ?? asked.list(indexFolder: indexFolder)
    dataset = try asked.data.subset.map { try all.balancedSubset($0, seed: asked.seed) } ?? all
    config = asked.resolved(imageCount: dataset.count, device: device, processes: processes)
    let members = processes.memberCount(replicas: config.training.replicas, on: device)
    schedule = try TrainingSchedule(
      config.training,
      imageCount: DataLoader.samplesPerEpoch(imageCount: dataset.count, repeats: config.recipe.repeats),
      seed: config.seed, processes: members)
    try config.ofMember(of: members).recipe.validate()
    loader = try config.loader(
      of: dataset, batchSize: schedule.batchSize, cache: asked.data.subset == nil ? images?.cache : nil,
      processes: processes, share: processes.batchShare)
    probedClasses = config.probedClasses(of: dataset)
    let probeNote = probedClasses.map {
      "a linear probe of the \($0) classes learns beside, for the log (--set onlineProbe=false for none)"
    }
    var plan = schedule.plan(
      on: device, precision: config.training.precision, processes: processes,
      notes: config.notes(asked: asked, device: device) + (probeNote.map { [$0] } ?? []) + dataset.notes
        + (config.recipe.needsLabels ? dataset.classNotes : []))
    plan.model = config.model.summary
    if let costs {
      try plan.expect(
        PretrainingRun.measurement(
          config, of: dataset, device: device, processes: processes, keepsDecodedImages: loader.cache != nil),
        costs, schedule: schedule, exportedParameters: config.model.parameterCount,
        presets: config.alternatives(others, imageCount: dataset.count, device: device, processes: processes),
        multiplyAdds: config.multiplyAdds(imageCount: dataset.count))
    }
    self.plan = plan
  }

  /// Looks whether it could go on in a run folder; changes nothing.
  ///
  /// - Throws: `ChangedSettings`, also for other images; `RunFolderError` where there is no run.
  public func checkUnchanged(since url: URL) throws { try compare(withRunIn: url) }

  /// Trains into a run folder.
  ///
  /// - Parameters:
  ///   - url: the run folder.
  ///   - resuming: whether to continue the run that is there.
  ///   - allowingChange: whether settings that differ from that run's are accepted.
  ///   - stop: ends the run after the update at hand, with a checkpoint.
  ///   - vocabulary: the words, where they have been made already.
  ///   - tokenizerProgress: told how far the vocabulary is.
  ///   - observer: told about everything that happens.
  /// - Throws: `RunFolderError`; `ChangedSettings`, also for other images; and what training throws.
  public func train(
    into url: URL, resuming: Bool = false, allowingChange: Bool = false, stop: StopFlag = StopFlag(),
    vocabulary: PatchTokenizer? = nil, tokenizerProgress: (PatchTokenizer.Progress) -> Void = { $0.report() },
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome {
    let request = TrainingRequest(url: url, resuming: resuming, allowingChange: allowingChange, stop: stop)
    return try train(request, observer: observer) { session, folder in
      try task(
        session, in: folder, vocabulary: vocabulary, tokenizerProgress: tokenizerProgress, observer: observer)
    } followingTask: { [self] session, folder in
      try task(session, in: folder, vocabulary: nil, tokenizerProgress: { _ in }, observer: { _ in })
    }
  }

  /// The files that it learns from.
  var images: ImageDataset { dataset }

  /// Nothing is judged.
  var testImages: ImageDataset? { nil }

  var training: Trainer.Config { config.training }

  private func task(
    _ session: TrainingSession<PretrainingRun>, in folder: RunFolder, vocabulary: PatchTokenizer?,
    tokenizerProgress: (PatchTokenizer.Progress) -> Void, observer: (TrainingEvent) -> Void
  ) throws -> any TrainingTask {
    let tokenizer =
      config.recipe.usesWords
      ? try sharedWords(
        in: folder, made: vocabulary, processes: session.processes, stop: session.request.stop,
        progress: tokenizerProgress, observer: observer)
      : nil
    return probed(try config.recipe.task(material(tokenizer)))
  }

  /// The loader of a member's share of the batches.
  func loader(for member: ProcessGroup) throws -> DataLoader {
    guard member.isOfThreads else { return loader }
    return try config.loader(
      of: dataset, batchSize: schedule.batchSize, cache: loader.cache, processes: member, share: member.batchShare)
  }

  func probed(_ task: any TrainingTask) -> any TrainingTask {
    guard let probedClasses else { return task }
    let probe = OnlineProbe(
      width: config.model.embeddingDimension, classCount: probedClasses, seed: config.seed, device: device)
    return ProbedTask(task, probe: probe)
  }

  func material(_ tokenizer: PatchTokenizer?) -> RunMaterial {
    RunMaterial(device: device, tokenizer: tokenizer, classNames: dataset.classNames)
  }

  /// The vocabulary, made from the images where its kind needs them.
  ///
  /// - Parameter progress: called now and then; what it throws ends the making.
  public func makeTokenizer(
    progress: (PatchTokenizer.Progress) throws -> Void = { $0.report() }
  ) throws -> PatchTokenizer {
    try PatchTokenizer.make(specification, from: try patchSource(), device: device, progress: progress)
  }

  /// The batches of a pass over the data, as training sees them.
  public func batches(epoch: Int) -> BatchIterator { loader.batches(epoch: epoch) }

  package var specification: PatchTokenizer.Specification { config.specification(of: config.tokenizer) }

  /// All patches, also where other processes train on their share of them.
  private func patchSource() throws -> LoaderPatchSource {
    let all =
      processes.isAlone
      ? loader
      : try config.loader(of: dataset, batchSize: schedule.batchSize, cache: nil, processes: processes, share: .whole)
    return LoaderPatchSource(
      all,
      patchifier: Patchifier(
        grid: config.model.grid, patchSize: specification.patchSize, normalization: config.normalization, device: .cpu))
  }

  /// The words of the first process, for all.
  ///
  /// - Throws: `StopRequested`, in all of them, when the first was asked to stop.
  private func sharedWords(
    in folder: RunFolder, made: PatchTokenizer?, processes: ProcessGroup, stop: StopFlag,
    progress: (PatchTokenizer.Progress) -> Void, observer: (TrainingEvent) -> Void
  ) throws -> PatchTokenizer {
    // The others wait, so all threads are there for it.
    let share = Engine.threadCount
    if processes.isOfThreads, processes.isFirst { Engine.threadCount = share * processes.size }
    defer { Engine.threadCount = share }
    guard processes.isFirst else {
      let content = try processes.broadcast([UInt8]())
      guard !content.isEmpty else { throw StopRequested() }
      let file = FileManager.default.temporaryDirectory.appending(path: "splitmask-words-\(UUID()).safetensors")
      defer { try? FileManager.default.removeItem(at: file) }
      try AtomicFile.write(Data(content), to: file)
      return try PatchTokenizer.load(from: file, device: device)
    }
    let tokenizer: PatchTokenizer
    do {
      tokenizer = try words(in: folder, made: made, stop: stop, progress: progress, observer: observer)
    } catch let stopped as StopRequested {
      // Nothing, which is no file of words, tells the others.
      if !processes.isAlone { _ = try processes.broadcast([UInt8]()) }
      throw stopped
    }
    if !processes.isAlone { _ = try processes.broadcast([UInt8](Data(contentsOf: folder.tokenizer))) }
    return tokenizer
  }

  /// The run's own vocabulary: read where it was saved, made and saved otherwise.
  private func words(
    in folder: RunFolder, made: PatchTokenizer?, stop: StopFlag, progress: (PatchTokenizer.Progress) -> Void,
    observer: (TrainingEvent) -> Void
  ) throws -> PatchTokenizer {
    if FileManager.default.fileExists(atPath: folder.tokenizer.path) {
      return try PatchTokenizer.load(from: folder.tokenizer, device: device)
    }
    let tokenizer =
      try made
      ?? makeTokenizer {
        try stop.check()
        progress($0)
      }
    let statistics = try tokenizer.survey(try patchSource()) { _, _ in try stop.check() }
    observer(
      .noted(
        """
        words: \(config.tokenizer.kind.rawValue), \(statistics.usedWords) of \(statistics.vocabulary) in use, \
        perplexity \(HumanReadable.number(statistics.perplexity))
        """))
    if let warning = statistics.warning { observer(.warned(warning)) }
    try config.writeIfNew(to: folder)
    try tokenizer.save(to: folder.tokenizer)
    return tokenizer
  }

  /// A task to take the time of.
  ///
  /// Words that would have to be made first are replaced by random ones, which are looked up as fast.
  func throwawayTask(for member: ProcessGroup) throws -> any TrainingTask {
    var words = config.tokenizer
    if [.randomPatches, .kMeans].contains(words.kind) { words.kind = .randomProjection }
    let tokenizer =
      config.recipe.usesWords
      ? try PatchTokenizer.make(
        config.specification(of: words), from: try patchSource(), device: device, progress: { _ in })
      : nil
    return probed(try config.recipe.task(material(tokenizer)))
  }
}

extension PretrainConfig {
  /// With the batch that each of so many members sees.
  fileprivate func ofMember(of count: Int) -> PretrainConfig {
    var result = self
    result.training.batchSize = result.training.batchSize.map { $0 / count }
    return result
  }

  /// What words of these settings are made for.
  func specification(of tokenizer: PatchTokenizer.Config) -> PatchTokenizer.Specification {
    PatchTokenizer.Specification(
      tokenizer, patchSize: tokenizer.patchSize(encoderPatchSize: model.patchSize), normalization: normalization,
      seed: seed, grid: tokenizer.kind == .dalle ? model.grid : nil)
  }

  /// A loader of the method's views of the images.
  fileprivate func loader(
    of dataset: ImageDataset, batchSize: Int, cache: DecodedImageCache?, processes: ProcessGroup, share: BatchShare
  ) throws -> DataLoader {
    try DataLoader(
      dataset: dataset, batchSize: batchSize, views: recipe.views, transform: recipe.transform, seed: seed,
      workers: processes.workers(data.workers),
      decodedCacheBudget: processes.cacheBudget(gigabytes: data.cacheGigabytes), cache: cache, repeats: recipe.repeats,
      share: share)
  }
}
