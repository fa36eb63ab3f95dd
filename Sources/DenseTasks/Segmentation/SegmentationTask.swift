public import DenseAnnotations
import DurableFiles
public import Foundation
import ImageCoding
public import ImageLoading
import Torch
public import TorchNN
public import TorchOptim
public import Training
import VisionModels

/// Training of a UPerNet as a task of the `Trainer`.
public final class SegmentationTask: TrainingTask {
  /// The network with its classes.
  public let segmenter: Segmenter
  /// What is trained.
  public var model: Module { segmenter.network }

  private let layerDecay: Double
  private let cropSize: Int
  private let evaluation: PeriodicEvaluation<SegmentationMetrics.Result>?

  /// - Parameters:
  ///   - segmenter: on the device already.
  ///   - layerDecay: multiplies the learning rate from layer to layer of the encoder, towards the first.
  ///   - cropSize: the side that smaller images are padded to.
  ///   - evaluation: of the segmenter; nil where nothing is held out.
  public init(
    segmenter: Segmenter, layerDecay: Double = 1, cropSize: Int,
    evaluation: PeriodicEvaluation<SegmentationMetrics.Result>? = nil
  ) {
    self.segmenter = segmenter
    self.layerDecay = layerDecay
    self.cropSize = cropSize
    self.evaluation = evaluation
  }

  private var encoder: VisionTransformer.Config { segmenter.network.backbone.encoder.config }

  /// BEiT's groups: by layer, without decay for vectors.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] {
    LayerwiseDecay.groups(
      segmenter.network, encoder: DenseBackbone.encoderKey, depth: encoder.blockCount, decay: layerDecay,
      weightDecay: weightDecay)
  }

  /// The cross-entropy of both heads.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    guard let frames = batch.frames else { preconditionFailure("segmentation trains on frames") }
    let images = frames.denseImages(
      on: context.device, patchSize: encoder.patchSize, normalization: segmenter.normalization, atLeast: cropSize)
    var generator = context.generator(for: .channelDropout)
    let losses = segmenter.network.losses(
      images, labels: frames.labels(paddedTo: images.paddedSize).to(context.device).to(.int64),
      depth: context.stochasticDepth(
        rate: encoder.stochasticDepthRate, blocks: encoder.blockCount, sequences: batch.count),
      using: &generator)
    let total = losses.total
    return TaskLoss(
      total: total, terms: ([(name: "loss", value: total)] + losses.terms).map { ($0.name, $0.value.detached()) })
  }

  /// Evaluates the segmenter.
  public func finishEpoch(in context: StepContext, folder: RunFolder) throws -> [StepMetrics.Value] {
    guard let result = try evaluation?.finishEpoch(in: context, folder: folder) else { return [] }
    return [
      .init("miou", 100 * result.meanIntersectionOverUnion), .init("macc", 100 * result.meanAccuracy),
      .init("aacc", 100 * result.allPixelAccuracy),
    ]
  }

  /// The first images of a batch with what the segmenter sees in them.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    guard let frames = batch.frames else { return [] }
    let images = frames.denseImages(
      on: context.device, patchSize: encoder.patchSize, normalization: segmenter.normalization, atLeast: cropSize)
    let classes = autocast(context.precision, on: context.device) { segmenter.network(images) }.argmax(1).to(.uint8)
    let picture = SegmentationPicture(classNames: segmenter.classNames)
    let drawn = frames.images().prefix(PictureRow.count).enumerated().map { index, image in
      let own = classes.selected(0, index).narrowed(0, start: 0, count: image.height)
        .narrowed(1, start: 0, count: image.width)
      return picture.draw(LabelMap(width: image.width, height: image.height, values: own.array()), on: image)
    }
    return [
      TrainingPicture(
        name: "segmentation", image: PictureRow.joined(drawn), caption: segmenter.normalization.captioned(""))
    ]
  }

  /// The segmenter's.
  public func weightsMetadata() throws -> [String: String] { try segmenter.metadata() }

  /// Writes the segmenter of the last update.
  public func export(to folder: RunFolder) throws {
    try segmenter.write(to: folder.segmenter)
  }
}

extension HostFrames {
  /// The label maps `[B, H, W]` as bytes, ignored outside the images.
  fileprivate func labels(paddedTo size: ImageSize) -> Tensor {
    Tensor(shape: [frames.count, size.height, size.width], dtype: .uint8) { bytes in
      let rows = bytes.bindMemory(to: UInt8.self)
      rows.update(repeating: UInt8(UPerNet.ignoredLabel))
      for (image, frame) in frames.enumerated() {
        guard case .labels(let labels) = frame.annotation else { preconditionFailure("a frame without labels") }
        for row in 0..<labels.height {
          let start = (image * size.height + row) * size.width
          for column in 0..<labels.width { rows[start + column] = labels.values[row * labels.width + column] }
        }
      }
    }
  }
}

extension RunFolder {
  /// What the last evaluation found: means and every class's figures.
  public var segmentation: URL { url.appendingPathComponent(RunFolder.segmentationName) }
  /// The name of ``segmentation``.
  package static let segmentationName = "segmentation.json"
}
