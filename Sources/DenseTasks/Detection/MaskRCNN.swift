import SplitMaskCore
import Torch
public import TorchNN
public import VisionModels

/// Mask R-CNN on a plain vision transformer: boxes, classes and masks of objects (arXiv 1703.06870).
///
/// The device computes the networks and the losses; matching, drawing and suppression are on the host, where a batch's
/// boxes are a few thousand numbers. A training step copies from the device once, its proposals.
public final class MaskRCNN: Module {
  /// The encoder with its adapter.
  public let backbone: DenseBackbone
  /// The feature pyramid.
  public let neck: FeaturePyramid
  /// The region proposals.
  public let rpnHead: RegionProposalNetwork
  /// Classes and boxes.
  public let bboxHead: BoxHead
  /// Masks; nil where boxes alone are wanted.
  public let maskHead: MaskHead?
  /// The shape.
  public let config: Config

  /// Fresh weights around an encoder.
  ///
  /// - Throws: `InvalidSetting` for a shape that cannot be built, and for an encoder with relative positions, which
  ///   takes images of one size only.
  public init(
    _ encoder: VisionTransformer, config: Config, using generator: inout some RandomNumberGenerator
  ) throws {
    try config.validate()
    guard !encoder.config.rotaryPositions else {
      throw InvalidSetting(
        "encoder",
        "detection takes images of any size, which rotary positions (DINOv3) do not here; use DINOv2 or another")
    }
    guard encoder.config.relativePositionBias == .none else {
      throw InvalidSetting(
        "model.relativePositionBias", "detection takes images of any size, which relative positions do not; use none")
    }
    self.config = config
    backbone = try DenseBackbone(encoder, positions: config.positions, using: &generator)
    neck = FeaturePyramid(
      inputs: encoder.config.embeddingDimension, channels: config.channels, using: &generator)
    rpnHead = RegionProposalNetwork(channels: config.channels, config: config.proposals, using: &generator)
    bboxHead = BoxHead(
      channels: config.channels, hidden: config.hiddenWidth, classCount: config.classCount, using: &generator)
    maskHead =
      config.findsMasks
      ? MaskHead(channels: config.channels, classCount: config.classCount, using: &generator) : nil
  }

  /// What all heads read.
  struct Features {
    let proposals: RegionProposalNetwork.Output
    let regions: PyramidFeatures
  }

  func features(_ images: DenseImages, depth: StochasticDepth?, training: Bool) -> Features {
    let levels = neck(backbone(images, depth: depth, training: training))
    // The coarsest level is for proposals only.
    return Features(
      proposals: rpnHead(levels),
      regions: PyramidFeatures(Array(levels.dropLast()), strides: DenseBackbone.strides))
  }
}
