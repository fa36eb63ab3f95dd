public import ImageLoading
public import SplitMaskCore
public import Torch
public import TorchNN
import VisionModels

extension MaskRCNN {
  /// The losses of a batch, each a scalar with its history; what is minimised is their plain sum.
  public struct Losses {
    /// Of the region proposals.
    public let proposals: RegionProposalNetwork.Losses
    /// Of the box head.
    public let boxes: BoxHead.Losses
    /// Of the mask head; nil without one.
    public let mask: Tensor?

    /// The losses by mmdetection's names.
    public var terms: [(name: String, value: Tensor)] {
      let named = [
        ("loss_rpn_cls", proposals.objectness), ("loss_rpn_bbox", proposals.box), ("loss_cls", boxes.classification),
        ("loss_bbox", boxes.box),
      ]
      return (named + (mask.map { [("loss_mask", $0)] } ?? [])).map { (name: $0.0, value: $0.1) }
    }

    /// The sum.
    public var total: Tensor {
      let parts = terms.map(\.value)
      return parts.dropFirst().reduce(parts[0]) { $0 + $1 }
    }
  }

  /// The losses of a batch.
  ///
  /// - Parameters:
  ///   - images: a batch of images as patches.
  ///   - targets: every image's objects; with masks where the detector finds masks.
  ///   - depth: branches of the encoder to leave out.
  ///   - generator: draws the anchors and regions to learn from; of purpose `regionSampling`.
  public func losses(
    _ images: DenseImages, targets: [DetectionTarget], depth: StochasticDepth? = nil,
    using generator: inout SeededGenerator
  ) -> Losses {
    precondition(targets.count == images.sizes.count, "\(targets.count) targets for \(images.sizes.count) images")
    let features = features(images, depth: depth, training: true)
    let proposalLosses = rpnHead.losses(
      features.proposals, sizes: images.ownPaddedSizes, truths: targets.map(\.boxes), using: &generator)
    let proposals = rpnHead.proposals(features.proposals, sizes: images.sizes, training: true)
    let sample = RegionSample(
      proposals: proposals, targets: targets, classCount: config.classCount, matcher: config.matcher,
      sampler: config.sampler, using: &generator)
    let boxes = bboxHead(RoIAlign(side: BoxHead.side)(features.regions, regions: sample.regions))
    let mask = maskHead.map { head in
      let positives = sample.positives.map { sample.regions[$0] }
      let logits = head(RoIAlign(side: MaskHead.regionSide)(features.regions, regions: positives))
      return head.loss(logits, sample: sample, targets: targets)
    }
    return Losses(
      proposals: proposalLosses, boxes: bboxHead.losses(boxes, sample: sample, targets: targets), mask: mask)
  }
}
