import Foundation
public import ImageCoding
public import ImageData
public import ImageTransforms
import Synchronization

/// Decodes the images of a data set into batches, on threads of this process.
///
/// What a batch holds depends on the seed, the epoch and the batch's number, and on nothing else: not on the number of
/// workers, nor on where an epoch was taken up again. An image that cannot be read is noted in `skipped`; in training
/// its slot shows the image one batch further on in that epoch's order, in evaluation its row is left out.
public final class DataLoader: Sendable {
  /// What is made of each image.
  public enum Transform: Hashable, Sendable {
    /// Random crops and changes of colour, in an order that is drawn anew each epoch.
    case training(Augmentation.Config)
    /// Several random crops, each with its own changes of colour, in an order that is drawn anew each epoch.
    case multiCrop(MultiCrop)
    /// The short side scaled to `resize`, the central square of `crop`, in the data set's own order.
    case evaluation(resize: Int, crop: Int)

    var isTraining: Bool {
      if case .evaluation = self { false } else { true }
    }
  }

  /// What batches are made of.
  private enum Content: Sendable {
    /// Views of fixed sizes.
    case views(ViewConfiguration, Transform)
    /// Images of sizes of their own.
    case frames(any FrameSource, PixelNormalization, isTraining: Bool)

    /// Whether the order is drawn, and unreadable images are replaced.
    var isTraining: Bool {
      switch self {
      case .views(_, let transform): transform.isTraining
      case .frames(_, _, let isTraining): isTraining
      }
    }

    /// Bytes of an image in each block of a batch.
    var slotByteCounts: [Int] {
      switch self {
      case .views(let views, _): views.sizes.map(views.byteCount)
      case .frames(let source, let pixels, _): [source.pixelLimit * pixels.bytesPerPixel]
      }
    }

    /// What of the images' pixels is read.
    var pixels: PixelNormalization {
      switch self {
      case .views(let views, _): views.pixels
      case .frames(_, let pixels, _): pixels
      }
    }

    func renderer(seed: UInt64, epoch: Int, cache: DecodedImageCache?) -> any SlotRenderer {
      switch self {
      case .views(let views, let transform):
        SampleRenderer(views: views, transform: transform, seed: seed, epoch: epoch, cache: cache)
      case .frames(let source, let pixels, _):
        FrameRenderer(source: source, pixels: pixels, seed: seed, epoch: epoch, cache: cache)
      }
    }
  }

  /// The images.
  public let dataset: ImageDataset
  /// Images a batch, of all processes together; the last of an epoch has fewer where `dropLast` is false.
  public let batchSize: Int
  /// Which part of every batch is made here.
  public let share: BatchShare
  /// Batches an epoch.
  public let batchesPerEpoch: Int
  /// How often each image that an epoch shows is shown.
  public let repeats: Int
  /// The images that could not be read so far; any thread may ask while batches are made.
  public let skippedImages: SkippedImages
  /// Decoded images kept in memory; nil when the data set is too large for that.
  public let cache: DecodedImageCache?

  private let content: Content
  private let seed: UInt64
  private let workers: Int
  private let prefetch: Int
  private let dropLast: Bool
  private let pools: [BufferPool]
  private let waiting = Mutex(0.0)

  /// As many workers as the machine has processors.
  public static var defaultWorkers: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// - Parameters:
  ///   - dataset: The images.
  ///   - batchSize: Images in a batch, of all processes together.
  ///   - views: The sizes to render each image in; with several crops `MultiCrop/views`.
  ///   - transform: What is made of each image.
  ///   - seed: The seed of order and augmentation.
  ///   - workers: Threads that decode; 0 decodes in `next()`, on the caller's thread.
  ///   - prefetch: How many batches are made ahead.
  ///   - decodedCacheBudget: Bytes of memory in which decoded images are kept if all of them fit; 0 for none.
  ///   - cache: A cache to share with another loader of the same images, instead of one of `decodedCacheBudget`.
  ///   - dropLast: Whether an incomplete last batch is left out; by default in training.
  ///   - repeats: How often each image that an epoch shows is shown, each time with a draw of its own (DeiT's repeated
  ///     augmentation). An epoch then has `samplesPerEpoch(imageCount:repeats:)` images, each one's copies in a row.
  ///   - share: Which part of every batch to make; the processes' number divides the batch size.
  /// - Throws: `DatasetError` when a setting is out of range, or a batch is larger than the data set it drops.
  public convenience init(
    dataset: ImageDataset, batchSize: Int, views: ViewConfiguration, transform: Transform, seed: UInt64 = 0,
    workers: Int = DataLoader.defaultWorkers, prefetch: Int = 2,
    decodedCacheBudget: Int = DecodedImageCache.defaultBudget, cache: DecodedImageCache? = nil,
    dropLast: Bool? = nil, repeats: Int = 1, share: BatchShare = .whole
  ) throws {
    if case .multiCrop(let crops) = transform { precondition(views.sizes == crops.views.sizes, "views of other crops") }
    try self.init(
      .views(views, transform), dataset: dataset, batchSize: batchSize, seed: seed, workers: workers,
      prefetch: prefetch, decodedCacheBudget: decodedCacheBudget, cache: cache, dropLast: dropLast, repeats: repeats,
      share: share)
  }

  /// Images of sizes of their own, for detection and segmentation.
  ///
  /// - Parameters:
  ///   - dataset: The images.
  ///   - batchSize: Images in a batch, of all processes together.
  ///   - frames: what of each image is shown, and what is known of it.
  ///   - pixels: which channels, and on which scale.
  ///   - isTraining: whether the order is drawn anew each epoch, unreadable images are replaced by others, and an
  ///     incomplete last batch is left out.
  ///   - seed: The seed of order and augmentation.
  ///   - workers: threads that decode; 0 decodes on the caller's thread.
  ///   - prefetch: how many batches are made ahead.
  ///   - decodedCacheBudget: bytes of memory in which decoded images are kept if all of them fit; 0 for none.
  ///   - share: which part of every batch to make; the processes' number divides the batch size.
  /// - Throws: as the other initialiser.
  public convenience init(
    dataset: ImageDataset, batchSize: Int, frames: any FrameSource, pixels: PixelNormalization = .imageNet,
    isTraining: Bool, seed: UInt64 = 0, workers: Int = DataLoader.defaultWorkers, prefetch: Int = 2,
    decodedCacheBudget: Int = DecodedImageCache.defaultBudget, share: BatchShare = .whole
  ) throws {
    try self.init(
      .frames(frames, pixels, isTraining: isTraining), dataset: dataset, batchSize: batchSize, seed: seed,
      workers: workers,
      prefetch: prefetch, decodedCacheBudget: decodedCacheBudget, cache: nil, dropLast: nil, repeats: 1,
      share: share)
  }

  private init(
    _ content: Content, dataset: ImageDataset, batchSize: Int, seed: UInt64, workers: Int, prefetch: Int,
    decodedCacheBudget: Int, cache: DecodedImageCache?, dropLast: Bool?, repeats: Int, share: BatchShare
  ) throws {
    guard batchSize > 0 else { throw DatasetError("the batch size is \(batchSize); it must be at least 1") }
    guard workers >= 0 else { throw DatasetError("the number of workers is \(workers); it must be at least 0") }
    guard dataset.count > 0 else { throw DatasetError("the data set has no images") }
    guard repeats > 0, repeats == 1 || content.isTraining else {
      throw DatasetError("images are repeated \(repeats) times; it must be at least once, in evaluation exactly once")
    }
    guard batchSize % share.count == 0 else {
      throw DatasetError(
        "a batch of \(batchSize) cannot be shared out among \(share.count) processes; make it a multiple of \(share.count)"
      )
    }
    self.share = share
    self.repeats = repeats
    self.dropLast = dropLast ?? content.isTraining
    let samples = Self.samplesPerEpoch(imageCount: dataset.count, repeats: repeats)
    batchesPerEpoch = EpochOrder.batchCount(count: samples, batchSize: batchSize, dropLast: self.dropLast)
    guard batchesPerEpoch > 0 else {
      throw DatasetError("a batch of \(batchSize) is larger than the data set of \(dataset.count) images")
    }
    self.dataset = dataset
    self.batchSize = batchSize
    self.content = content
    self.seed = seed
    self.workers = workers
    self.prefetch = prefetch
    self.cache =
      cache ?? DecodedImageCache(dataset: dataset, pixels: content.pixels, budget: decodedCacheBudget)
    skippedImages = SkippedImages(dataset.problems)
    pools = content.slotByteCounts.map { BufferPool(byteCount: batchSize / share.count * $0) }
  }

  /// How many images an epoch shows, before whole batches are made of them: all N, or ⌊N / 256⌋ · 256 with repeats
  /// (N where that would be none), of which one in `repeats` is distinct.
  public static func samplesPerEpoch(imageCount: Int, repeats: Int) -> Int {
    EpochOrder.sampleCount(imageCount: imageCount, repeats: repeats)
  }

  /// The images that could not be read so far, each once, in the order in which they were met.
  public var skipped: [SkippedImage] { skippedImages.all }

  /// Seconds that callers of `next()` have waited for a batch.
  public var waitSeconds: Double { waiting.withLock { $0 } }

  /// The batches of an epoch, from the given one on.
  ///
  /// Workers begin at once. They end when the epoch does, or when the iterator is let go.
  public func batches(epoch: Int, startingAt batch: Int = 0) -> BatchIterator {
    let order = EpochOrder(
      imageCount: dataset.count, repeats: repeats, batchSize: batchSize, dropLast: dropLast,
      shuffleSeed: content.isTraining ? seed : nil, epoch: epoch, parts: partCount, share: share)
    let run = EpochRun(order: order, startingAt: batch, pools: pools, prefetch: prefetch, workers: workers)
    let makeWorker = { @Sendable [dataset, content, seed, cache, skippedImages] in
      BatchWorker(
        run: run, order: order, dataset: dataset, skipped: skippedImages,
        renderer: content.renderer(seed: seed, epoch: epoch, cache: cache), substitutes: content.isTraining)
    }
    for number in 0..<workers {
      let thread = Thread { makeWorker().work() }
      thread.name = "image worker \(number)"
      // libvips runs whole pipelines on the calling thread's stack.
      thread.stackSize = 8 << 20
      thread.start()
    }
    return BatchIterator(loader: self, run: run, inlineWorker: workers == 0 ? makeWorker() : nil)
  }

  func noteWait(_ seconds: Double) {
    waiting.withLock { $0 += seconds }
  }

  /// Makes a batch of a job whose slots are all done, closing the gaps that unreadable images left; nil when nothing
  /// is left of it.
  func batch(from job: EpochRun.Job) -> HostBatch? {
    let shown = job.slots.compactMap(\.self)
    if shown.count < job.slots.count { closeGaps(job) }
    let images = shown.map(\.image)
    switch content {
    case .views(let views, _):
      let rendered = zip(zip(views.sizes, job.blocks), pools).map { item, pool in
        HostView(
          batchCount: shown.count, size: item.0, of: views, buffer: PooledBuffer(item.1, of: pool))
      }
      return shown.isEmpty ? nil : HostBatch(indices: images, labels: labels(of: images), views: rendered)
    case .frames(let source, let pixels, _):
      let frames = HostFrames(
        shown.compactMap(\.frame), pixels: pixels, slotByteCount: source.pixelLimit * pixels.bytesPerPixel,
        buffer: PooledBuffer(job.blocks[0], of: pools[0]))
      return shown.isEmpty
        ? nil : HostBatch(indices: images, labels: labels(of: images), views: [], frames: frames)
    }
  }

  /// Into how many parts an epoch's order divides the images: with shards, one for each machine. Repeated images, whose copies
  /// cross the borders of stretches, stay together.
  private var partCount: Int { dataset.shardCount >= share.machines && repeats == 1 ? share.machines : 1 }

  private func labels(of images: [Int]) -> [Int32]? {
    dataset.label(of: images[0]) == nil ? nil : images.map { dataset.label(of: $0)! }
  }

  private func closeGaps(_ job: EpochRun.Job) {
    for (row, block) in zip(content.slotByteCounts, job.blocks) {
      var target = 0
      for slot in job.slots.indices where job.slots[slot] != nil {
        if slot != target {
          memcpy(block.baseAddress! + target * row, block.baseAddress! + slot * row, row)
        }
        target += 1
      }
    }
  }
}
