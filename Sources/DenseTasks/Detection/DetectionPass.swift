public import ImageCoding
public import ImageData
public import ImageLoading
import SplitMaskCore
public import Torch
import Training
public import VisionModels

/// Finds the objects on images; on a CPU, every thread on images of its own.
public struct DetectionPass {
  /// The size of what a detector sees.
  public struct View: Codable, Hashable, Sendable {
    /// The most pixels of the short side.
    public var shortSide = 800
    /// The most pixels of the long side.
    public var longSide = 1333

    /// COCO's usual size.
    public init() {}

    /// - Throws: `InvalidSetting`.
    public func validate(_ key: String) throws {
      guard shortSide >= 1, longSide >= shortSide else {
        throw InvalidSetting(
          key, "the short side, \(shortSide), must be at least 1 and the long one, \(longSide), no less")
      }
    }
  }

  private let loader: DataLoader
  private let device: Device
  private let precision: DType?

  /// - Parameters:
  ///   - images: the images.
  ///   - pixels: how the detector sees them.
  ///   - view: the size that images are shown in.
  ///   - batchSize: images at once; smaller ones are padded to the largest.
  ///   - workers: threads that decode images.
  ///   - device: the device to compute on.
  ///   - precision: the type of the matrix products; nil is float32.
  ///   - share: the part of every batch that this process looks at.
  /// - Throws: `DatasetError`.
  public init(
    over images: ImageDataset, pixels: PixelNormalization, view: View, batchSize: Int, workers: Int, device: Device,
    precision: DType?,
    share: BatchShare = .whole
  ) throws {
    self.device = device
    self.precision = precision
    loader = try DataLoader(
      dataset: images, batchSize: batchSize * share.count,
      frames: WholeImages(short: view.shortSide, long: view.longSide), pixels: pixels,
      isTraining: false, workers: workers, decodedCacheBudget: 0, share: share)
  }

  /// Images that could not be read so far; nothing is found on them.
  public var skipped: [SkippedImage] { loader.skipped }

  /// Looks at every readable image.
  ///
  /// - Parameters:
  ///   - detector: the detector, on its device.
  ///   - body: gets the image's index, its own size, and what is on it by falling score, in its own pixels.
  /// - Throws: `DatasetError` when most images cannot be read; ``NonFiniteOutput``; what `body` throws.
  public func forEach(_ detector: Detector, _ body: (Int, ImageSize, [Detection]) throws -> Void) throws {
    let batches = loader.batches(epoch: 0)
    try InferenceThreads(on: device).forEach(batches.next) { [self] batch in
      let images = batch.frames!.denseImages(
        on: device, patchSize: detector.network.backbone.encoder.config.patchSize,
        normalization: detector.normalization)
      let (found, nonFinite) = autocast(precision, on: device) { detector.network.find(images) }
      if let first = nonFinite.min() {
        throw NonFiniteOutput(network: "detector", image: loader.dataset.name(of: batch.indices[first]))
      }
      return found
    } then: { batch, found in
      guard let frames = batch.frames else { preconditionFailure("a loader of frames") }
      for ((index, frame), detections) in zip(zip(batch.indices, frames.frames), found) {
        let source = frame.placement.source
        let (horizontal, vertical) = (
          Float(source.width) / Float(frame.width), Float(source.height) / Float(frame.height)
        )
        try body(
          index, ImageSize(height: source.height, width: source.width),
          detections.map { $0.scaled(horizontally: horizontal, vertically: vertical) })
      }
    }
  }
}
