import SplitMaskCore

extension MaskRCNN {
  /// The shape of a detector around an encoder, and what it learns from (facebookresearch/xcit, detection/configs).
  public struct Config: Codable, Hashable, Sendable {
    /// Classes without background; COCO's 80.
    public var classCount = 80
    /// Whether masks are found as well as boxes.
    public var findsMasks = true
    /// Where the positions of patches come from.
    public var positions = DensePositions.fourier
    /// Channels of the feature pyramid and the heads.
    public var channels = 256
    /// Values of the box head's hidden layers.
    public var hiddenWidth = 1024
    /// The region proposals.
    public var proposals = RegionProposalNetwork.Config()
    /// Which proposals are objects.
    public var matcher = BoxMatcher.proposals
    /// Which proposals of an image the heads learn from.
    public var sampler = BalancedSampler.proposals
    /// Which regions become detections.
    public var selection = BoxHead.Selection()

    /// COCO's, with masks.
    public init() {}

    /// Checks that the shape can be built.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      for (key, value) in [
        ("classCount", classCount), ("channels", channels), ("hiddenWidth", hiddenWidth),
        ("sampler.count", sampler.count), ("proposals.sampler.count", proposals.sampler.count),
        ("proposals.proposalCount", proposals.proposalCount),
        ("proposals.candidatesInTraining", proposals.candidatesInTraining),
        ("proposals.candidatesInEvaluation", proposals.candidatesInEvaluation), ("selection.limit", selection.limit),
      ] where value < 1 {
        throw InvalidSetting("detector.\(key)", "must be at least 1, not \(value)")
      }
      guard proposals.anchors.strides == DenseBackbone.strides + [64] else {
        throw InvalidSetting(
          "detector.proposals.anchors.strides",
          "the feature pyramid's are \(DenseBackbone.strides + [64]), not \(proposals.anchors.strides)")
      }
    }
  }
}
