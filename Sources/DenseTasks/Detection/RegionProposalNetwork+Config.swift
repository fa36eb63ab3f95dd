extension RegionProposalNetwork {
  /// The anchors, what is learned from them and what is proposed (facebookresearch/xcit, detection/configs).
  public struct Config: Codable, Hashable, Sendable {
    /// The anchors.
    public var anchors = AnchorGenerator()
    /// Which anchors are objects.
    public var matcher = BoxMatcher.anchors
    /// Which anchors of an image the loss counts.
    public var sampler = BalancedSampler.anchors
    /// The best anchors of a level that become proposals in training, before overlapping ones are dropped.
    public var candidatesInTraining = 2000
    /// The same in evaluation.
    public var candidatesInEvaluation = 1000
    /// Proposals of an image.
    public var proposalCount = 1000
    /// The overlap that two proposals of a level may have.
    public var overlapThreshold: Float = 0.7

    /// The published values.
    public init() {}
  }
}
