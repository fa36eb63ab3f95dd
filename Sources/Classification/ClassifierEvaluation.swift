public import ImageCoding
public import ImageData
public import ImageLoading
import ImageTransforms
import SplitMaskCore
public import Torch
public import VisionModels

/// Judges a classifier on labelled images, shown once each without augmentation.
public struct ClassifierEvaluation {
  /// What of an image is shown: the short side at `size / cropRatio`, then the central crop
  /// (SplitMask, arXiv 2112.10740, Table 9).
  public struct Config: Codable, Hashable, Sendable {
    /// The crop's side over the image's short side; 1 shows small images whole.
    public var cropRatio = 0.875
    /// Epochs between two evaluations in training; the last epoch is always evaluated.
    public var everyEpochs = 1

    /// The paper's crop, after every epoch.
    public init() {}
  }

  private let loader: DataLoader
  private let device: Device
  private let precision: DType?

  /// - Parameters:
  ///   - dataset: labelled, its classes in the classifier's order.
  ///   - size: of the encoder's images.
  ///   - pixels: how the encoder sees them.
  ///   - config: how images are cropped.
  ///   - batchSize: images in a batch.
  ///   - workers: threads that decode images.
  ///   - cacheBudget: bytes of memory for decoded images if all of them fit; 0 keeps none.
  ///   - device: the device to compute on.
  ///   - precision: the type of the matrix products; nil is float32.
  ///   - share: the part of the images that this process scores.
  /// - Throws: `DatasetError`.
  public init(
    of dataset: ImageDataset, size: ImageSize, pixels: PixelNormalization, config: Config, batchSize: Int,
    workers: Int, cacheBudget: Int = 0, device: Device, precision: DType?, share: BatchShare = .whole
  ) throws {
    let crop = min(size.height, size.width)
    loader = try DataLoader(
      dataset: dataset, batchSize: batchSize,
      views: ViewConfiguration(encoder: .init(height: size.height, width: size.width), pixels: pixels),
      transform: .evaluation(resize: Int((Double(crop) / config.cropRatio).rounded()), crop: crop), workers: workers,
      decodedCacheBudget: cacheBudget, share: share)
    self.device = device
    self.precision = precision
  }

  /// Images that could not be read so far.
  public var skipped: [SkippedImage] { loader.skipped }

  /// Scores every readable image.
  ///
  /// - Parameters:
  ///   - classifier: the classifier, on its device.
  ///   - preparation: makes patches of a batch.
  ///   - processes: who score the other parts; the result is that of all.
  /// - Throws: `DatasetError` when most images cannot be read, ``ClassificationError/nothingMeasured``.
  public func measure(
    _ classifier: Classifier, preparation: BatchPreparation, processes: ProcessGroup
  ) throws -> ClassificationMetrics.Result {
    var metrics = ClassificationMetrics(classNames: classifier.classNames)
    let batches = loader.batches(epoch: 0)
    var done = 0
    while let batch = try batches.next() {
      WorkProgress.report(
        "evaluating test images", done: min(done, loader.dataset.count), total: loader.dataset.count)
      done += batch.count * processes.size
      let patches = preparation.evaluation(images: batch.views[0].tensor(on: device))
      let scores = noGrad { autocast(precision, on: device) { classifier(patches) }.to(.float32) }
      metrics.add(scores: scores, labels: batch.labelTensor(on: device))
    }
    metrics.merge(processes)
    try processes.check()
    return try metrics.result()
  }
}
