public import SplitMaskCore
public import Torch
public import TorchNN
public import VisionModels

/// UPerNet on a plain vision transformer: a class for every pixel (arXiv 1807.10221).
public final class UPerNet: Module {
  /// The encoder with its adapter.
  public let backbone: DenseBackbone
  /// The classes.
  public let decodeHead: UPerHead
  /// Helps in training; nil where its loss counts nothing.
  public let auxiliaryHead: FCNHead?
  /// The shape.
  public let config: Config

  /// The label of pixels that no loss and no figure counts.
  public static let ignoredLabel = 255

  /// Fresh weights around an encoder.
  ///
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(
    _ encoder: VisionTransformer, config: Config, using generator: inout some RandomNumberGenerator
  ) throws {
    try config.validate()
    self.config = config
    let width = encoder.config.embeddingDimension
    let dropout = ChannelDropout(rate: config.dropoutRate)
    backbone = try DenseBackbone(encoder, positions: config.positions, using: &generator)
    decodeHead = UPerHead(
      inputs: width, channels: config.channels, classCount: config.classCount, dropout: dropout, using: &generator)
    auxiliaryHead =
      config.auxiliaryWeight > 0
      ? FCNHead(
        inputs: width, channels: config.auxiliaryChannels, classCount: config.classCount, dropout: dropout,
        using: &generator) : nil
  }

  /// The losses of a batch, each a scalar with its history.
  public struct Losses {
    /// Cross-entropy of the classes.
    public let segmentation: Tensor
    /// The auxiliary head's, with its weight; nil without one.
    public let auxiliary: Tensor?

    /// The losses by mmsegmentation's names.
    public var terms: [(name: String, value: Tensor)] {
      [(name: "loss_seg", value: segmentation)] + (auxiliary.map { [(name: "loss_aux", value: $0)] } ?? [])
    }

    /// The sum.
    public var total: Tensor { auxiliary.map { segmentation + $0 } ?? segmentation }
  }

  /// The losses of a batch of two images or more.
  ///
  /// - Parameters:
  ///   - images: a batch of images as patches.
  ///   - labels: `[B, H, W]` int64, of the padded images' size; ``ignoredLabel`` where there is none.
  ///   - depth: branches of the encoder to leave out.
  ///   - generator: draws what dropout leaves out; of purpose `channelDropout`.
  public func losses(
    _ images: DenseImages, labels: Tensor, depth: StochasticDepth? = nil, using generator: inout SeededGenerator
  ) -> Losses {
    let maps = backbone(images, depth: depth, training: true)
    let logits = decodeHead(maps, using: &generator)
    let auxiliary = auxiliaryHead.map { head in
      UPerNet.loss(head(maps[2], using: &generator), labels: labels) * config.auxiliaryWeight
    }
    return Losses(segmentation: UPerNet.loss(logits, labels: labels), auxiliary: auxiliary)
  }

  /// The cross-entropy of logits, resized to the labels, against labels `[B, H, W]`.
  ///
  /// The sum over the labelled pixels is divided by the number of all pixels, ignored ones included, as mmsegmentation
  /// 0.11 does, so that a pixel weighs the same in every batch.
  package static func loss(_ logits: Tensor, labels: Tensor) -> Tensor {
    let shape = labels.shape
    return logits.to(.float32).resizedBilinear(height: shape[1], width: shape[2])
      .summedCrossEntropy(labels, ignoring: ignoredLabel) / Double(labels.elementCount)
  }

  /// Logits `[B, classes, H, W]`, float32, of the padded images' pixels.
  public func callAsFunction(_ images: DenseImages) -> Tensor {
    noGrad {
      let size = images.paddedSize
      return decodeHead(backbone(images, training: false)).to(.float32)
        .resizedBilinear(height: size.height, width: size.width)
    }
  }
}
