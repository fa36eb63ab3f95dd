public import DenseAnnotations
public import ImageCoding
public import ImageData
public import ImageLoading
import SplitMaskCore
public import Torch
import Training
import VisionModels

/// Finds the class of every pixel of images, and counts how well that agrees with their label maps.
public struct SegmentationEvaluation {
  /// What a segmenter sees (BEiT's test: microsoft/unilm, beit/semantic_segmentation), and how often it is judged.
  public struct Config: Codable, Hashable, Sendable {
    /// The most pixels of the short side.
    public var shortSide = 512
    /// The most pixels of the long side.
    public var longSide = 2048
    /// The side of overlapping windows; nil sees images whole.
    public var window: Int? = 512
    /// From one window to the next.
    public var stride = 341
    /// Sizes that scores are averaged over, as multiples of the sides; .5 to 1.75 by steps of .25 for several.
    public var scales = [1.0]
    /// Whether scores are averaged over the image and its mirror image.
    public var flips = false
    /// Epochs between two evaluations in training; the last epoch is always evaluated.
    public var everyEpochs = 1

    /// BEiT's, at one scale.
    public init() {}

    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      for (key, value) in [
        ("shortSide", shortSide), ("longSide", longSide), ("window", window ?? 1), ("stride", stride),
        ("everyEpochs", everyEpochs),
      ] where value < 1 {
        throw InvalidSetting("evaluation.\(key)", "must be at least 1, not \(value)")
      }
      guard !scales.isEmpty, scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw InvalidSetting("evaluation.scales", "must be numbers above 0, not \(scales)")
      }
    }

    /// The limits of the sides at a scale.
    func sides(_ scale: Double) -> (short: Int, long: Int) {
      (max(1, Int(Double(shortSide) * scale)), max(1, Int(Double(longSide) * scale)))
    }
  }

  private static let windowsAtOnce = 4

  private let loaders: [DataLoader]
  private let config: Config
  private let device: Device
  private let precision: DType?

  /// - Parameters:
  ///   - images: to be looked at one by one.
  ///   - pixels: how the segmenter sees them.
  ///   - config: the size of the windows and how far apart they lie.
  ///   - workers: threads that decode images.
  ///   - device: the device to compute on.
  ///   - precision: the type of the matrix products; nil is float32.
  ///   - share: the part of the images that this process looks at.
  /// - Throws: `DatasetError`, `InvalidSetting`.
  public init(
    of images: ImageDataset, pixels: PixelNormalization, config: Config, workers: Int, device: Device,
    precision: DType?,
    share: BatchShare = .whole
  ) throws {
    try config.validate()
    self.config = config
    self.device = device
    self.precision = precision
    loaders = try config.scales.map { scale in
      let (short, long) = config.sides(scale)
      return try DataLoader(
        dataset: images, batchSize: share.count, frames: WholeImages(short: short, long: long), pixels: pixels,
        isTraining: false,
        workers: workers, decodedCacheBudget: 0, share: share)
    }
  }

  /// Images that could not be read so far.
  public var skipped: [SkippedImage] { loaders[0].skipped }

  /// Looks at every readable image; on a CPU, every thread at images of its own.
  ///
  /// - Parameters:
  ///   - segmenter: the segmenter, on its device.
  ///   - body: gets the image's index and the class of each of its pixels, in the image's own size.
  /// - Throws: `DatasetError` when most images cannot be read; ``NonFiniteOutput``; what `body` throws.
  public func forEachPrediction(_ segmenter: Segmenter, _ body: (Int, LabelMap) throws -> Void) throws {
    let scorer = SlidingWindow(
      network: segmenter.network, normalization: segmenter.normalization, side: config.window, stride: config.stride,
      batchSize: SegmentationEvaluation.windowsAtOnce)
    let streams = loaders.map { $0.batches(epoch: 0) }
    try InferenceThreads(on: device).forEach { () -> [HostBatch]? in
      guard let first = try streams[0].next() else { return nil }
      return [first] + (try streams.dropFirst().compactMap { try $0.next() })
    } compute: { [self] views in
      let name = loaders[0].dataset.name(of: views[0].indices[0])
      return try prediction(views.compactMap(\.frames), scorer, name: name)
    } then: { views, prediction in
      try body(views[0].indices[0], prediction)
    }
  }

  /// Counts how well predictions agree with the labels of a folder.
  ///
  /// - Parameters:
  ///   - segmenter: the segmenter, on its device.
  ///   - folder: images and label maps.
  ///   - processes: who look at the other parts; the result is that of all.
  /// - Throws: `DatasetError`, also when the segmenter has other classes than the folder.
  public func measure(
    _ segmenter: Segmenter, folder: ADEFolder, processes: ProcessGroup
  ) throws -> SegmentationMetrics.Result {
    guard segmenter.classNames == folder.classNames else {
      throw DatasetError(
        "the segmenter knows \(segmenter.classNames.count) classes (\(segmenter.classNames.prefix(3).joined(separator: ", "))…) "
          + "and the folder has \(folder.classNames.count) (\(folder.classNames.prefix(3).joined(separator: ", "))…): they "
          + "must be the same")
    }
    var done = 0
    var metrics = SegmentationMetrics(classNames: segmenter.classNames)
    try forEachPrediction(segmenter) { image, prediction in
      let truth = try folder.labels(image, width: prediction.width, height: prediction.height)
      try metrics.add(prediction: prediction, truth: truth, name: folder.pairs[image].name)
      done += 1
      let total = folder.pairs.count
      WorkProgress.report("evaluating test images", done: min(done * processes.size, total), total: total)
    }
    let counts = Tensor(metrics.confusion.map(Int64.init))
    processes.sumInPlace(counts)
    try processes.check()
    return try SegmentationMetrics(classNames: segmenter.classNames, confusion: counts.array()).result()
  }

  /// The classes of one image that is seen in several sizes.
  private func prediction(_ views: [HostFrames], _ scorer: SlidingWindow, name: String) throws -> LabelMap {
    try noGrad {
      let source = views[0].frames[0].placement.source
      var sum: Tensor?
      for view in views {
        let bytes = view.tensor(on: device, divisor: 1)
        for isFlipped in config.flips ? [false, true] : [false] {
          let seen = isFlipped ? bytes.flipped([2]) : bytes
          let scores = autocast(precision, on: device) { scorer.scores(seen) }.to(.float32)
          guard scores.isFinite().all().item() != 0 else {
            throw NonFiniteOutput(network: "segmenter", image: name)
          }
          let upright = isFlipped ? scores.flipped([3]) : scores
          let resized = upright.resizedBilinear(height: source.height, width: source.width)
          // Of one view, the largest score and the largest probability are the same.
          let share = views.count == 1 && !config.flips ? resized : resized.softmax(1)
          sum = sum.map { $0 + share } ?? share
        }
      }
      let classes: [UInt8] = sum!.argmax(1).to(.uint8).array()
      return LabelMap(width: source.width, height: source.height, values: classes)
    }
  }
}
