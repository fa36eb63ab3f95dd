import Evaluation
public import Foundation
public import ImageData
public import ImageLoading
package import SelfSupervision
public import Torch
public import Training
import VisionModels

/// A pretraining run.
public typealias PretrainingRun = TrainingRun<Pretraining>

/// Pretraining an encoder by one of the methods.
public struct Pretraining: TrainingRecipe {
  /// Images to pretrain on, with what runs on them share.
  public struct Data {
    let images: LoadedImages
    let sharedWords: URL?

    /// - Parameters:
    ///   - images: shares their decoded pixels among runs.
    ///   - sharedWords: the file of the words that several runs have in common; made by the first of them. Nil gives a run
    ///     words of its own.
    public init(_ images: LoadedImages, sharedWords: URL? = nil) {
      self.images = images
      self.sharedWords = sharedWords
    }

    /// Lists the images that settings name; decoded ones are kept by the run's own settings.
    ///
    /// - Parameter indexFolder: where the indexes of tar shards are kept; nil reads them anew.
    /// - Throws: `DatasetError`.
    init(of asked: PretrainConfig, indexFolder: URL?) throws {
      self.init(LoadedImages(try asked.list(indexFolder: indexFolder), cacheBudget: 0))
    }
  }

  /// Nothing is evaluated.
  public typealias Result = Never

  /// Every setting, none of them automatic any more.
  public let config: PretrainConfig
  /// Length, rates, logs and checkpoints.
  public let training: Trainer.ResolvedConfig
  /// The images.
  public let images: ImageDataset
  /// What the plan says besides its numbers.
  public let notes: [String]

  /// The method's part.
  package var method: any MethodRecipe { config.recipe }

  let device: Device
  let processes: ProcessGroup
  /// Where the words are that other runs have too.
  let sharedWords: URL?
  /// Decoded images that all loaders share; nil where not all of them find room.
  package let cache: DecodedImageCache?
  /// The classes that an online probe learns; nil where there is none.
  private let probedClasses: Int?

  /// Lists the images.
  ///
  /// - Throws: `DatasetError`.
  public static func data(of asked: PretrainConfig) throws -> Data {
    try Data(of: asked, indexFolder: nil)
  }

  /// Resolves every setting.
  ///
  /// - Throws: `InvalidSetting`.
  public init(_ asked: PretrainConfig, data: Data, device: Device, processes: ProcessGroup) throws {
    let all = data.images.dataset
    images = try asked.data.subset.map { try all.balancedSubset($0, seed: asked.seed) } ?? all
    let (asked, pixelNotes) = try asked.seeing(images)
    let resolved = asked.resolved(imageCount: images.count, device: device, processes: processes)
    (config, training) = (resolved.config, resolved.training)
    (self.device, self.processes, sharedWords) = (device, processes, data.sharedWords)
    cache =
      (asked.data.subset == nil ? data.images.cache(of: config.seenPixels) : nil)
      ?? DecodedImageCache(
        dataset: images, pixels: config.seenPixels,
        budget: processes.cacheBudget(gigabytes: config.data.cacheGigabytes))
    probedClasses = config.probedClasses(of: images)
    let probeNote = probedClasses.map {
      "a linear probe of the \($0) classes learns beside, for the log (--set onlineProbe=false for none)"
    }
    notes =
      pixelNotes + config.continuationNotes(warmupSteps: training.warmupSteps)
      + config.notes(asked: asked, device: device) + (probeNote.map { [$0] } ?? []) + images.notes
      + (config.recipe.needsLabels ? images.classNotes : [])
  }

  /// Images that an epoch shows, repeats included.
  public var imagesPerEpoch: Int { DataLoader.samplesPerEpoch(imageCount: images.count, repeats: method.repeats) }

  /// What an encoder that goes on is judged by; nil where images have no classes or are few.
  var judgedImages: JudgedImages? {
    let update = training.batchSize * training.accumulate
    let shown = update * training.length.steps(perEpoch: max(1, imagesPerEpoch / update))
    return probedClasses == nil ? nil : JudgedImages(images, shownImages: shown)
  }

  /// The encoder in a line.
  public var summary: String { config.model.summary }

  /// Checks the method's settings with the batch that a member sees.
  public func validate(memberBatch: Int) throws {
    var config = config
    config.training.batchSize = memberBatch
    try config.recipe.validate()
  }

  /// A loader of the method's views of the images.
  public func loader(for member: ProcessGroup) throws -> DataLoader {
    try loader(workers: member.workers(config.data.workers), share: member.batchShare)
  }

  private func loader(workers: Int, share: BatchShare) throws -> DataLoader {
    try DataLoader(
      dataset: images, batchSize: training.batchSize, views: method.views, transform: method.transform,
      seed: config.seed, workers: workers, decodedCacheBudget: 0, cache: cache, repeats: method.repeats, share: share)
  }

  /// The method with fresh weights, and an online probe beside it where the images have classes.
  public func task(
    _ request: TaskRequest
  ) throws -> (task: any TrainingTask, evaluation: PeriodicEvaluation<Never>?) {
    let task = try continued(try method.task(material(try tokenizer(request))), request)
    guard let probedClasses else { return (task, nil) }
    let probe = OnlineProbe(
      width: config.model.embeddingDimension, classCount: probedClasses, seed: config.seed, device: device)
    return (ProbedTask(task, probe: probe), nil)
  }

  /// The task around the encoder that the run goes on from, where there is one. A run that is taken up has its own.
  private func continued(_ task: any TrainingTask, _ request: TaskRequest) throws -> any TrainingTask {
    guard config.encoder != nil else { return task }
    let result = ContinuedTask(
      task, config.continuation, depth: config.model.blockCount,
      restSteps: config.continuation.restSteps(warmupSteps: training.warmupSteps))
    let isTakenUp = try request.folder.map { try !$0.checkpointSteps().isEmpty } ?? false
    if !isTakenUp, let encoder = try config.startingEncoder() { try result.begin(from: encoder.stateDictionary) }
    guard let encoder = task as? any EncoderTask, let folder = request.folder, let judged = judgedImages else {
      return result
    }
    return try WatchedContinuation(
      result, of: encoder.encoder, encoder.normalization, judged: judged, folder: folder, observer: request.observer)
  }

  /// What the method makes its task of.
  package func material(_ tokenizer: PatchTokenizer?) -> RunMaterial {
    RunMaterial(
      device: device, tokenizer: tokenizer, classNames: images.classNames, normalization: config.seenPixels,
      imageCount: images.count, training: training)
  }

  /// All patches, also where other processes train on their share of them.
  func patchSource() throws -> LoaderPatchSource {
    LoaderPatchSource(
      try loader(workers: processes.workers(config.data.workers), share: .whole),
      patchifier: Patchifier(
        grid: config.model.grid, patchSize: specification.patchSize, normalization: config.seenPixels,
        device: .cpu))
  }

  /// How a run is timed, on as few images as its batches need.
  public var cost: RunCost<Pretraining>? {
    get throws {
      let work = try config.multiplyAddsPerImage
      let keepsDecodedImages = cache != nil
      var cost = RunCost<Pretraining>(
        settings: config.costSettings, multiplyAdds: { _ in work },
        sample: { batchSize, _ in
          var config = config
          config.training.limit(toBatches: batchSize)
          config.data.subset = nil
          // Fresh weights take as long.
          (config.encoder, config.continuation) = (nil, .init())
          // Few images are none of an epoch of repeats.
          config.supervised.repeats = 1
          if !keepsDecodedImages { config.data.cacheGigabytes = 0 }
          return (config, Data(LoadedImages(images.spread(batchSize), cacheBudget: 0)))
        })
      (cost.keepsDecodedImages, cost.smallestShare) = (keepsDecodedImages, 2)
      cost.exportedParameters = config.model.parameterCount
      return cost
    }
  }
}
