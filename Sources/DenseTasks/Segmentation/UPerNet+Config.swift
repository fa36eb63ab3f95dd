import SplitMaskCore

extension UPerNet {
  /// The shape of a segmenter around an encoder, and how it learns (microsoft/unilm, beit/semantic_segmentation).
  public struct Config: Codable, Hashable, Sendable {
    /// Classes; ADE20k's 150.
    public var classCount = 150
    /// Channels of the head: 768 as BEiT's, 512 as Swin's and XCiT's.
    public var channels = 768
    /// Channels of the auxiliary head.
    public var auxiliaryChannels = 256
    /// How much the auxiliary head's loss counts; 0 has no such head.
    public var auxiliaryWeight = 0.4
    /// A channel's chance of being left out before the classes, in training.
    public var dropoutRate = 0.1
    /// Where the positions of patches come from.
    public var positions = DensePositions.resampled

    /// ADE20k's, as wide as BEiT's.
    public init() {}

    /// Checks that the shape can be built.
    ///
    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      for (key, value) in [
        ("classCount", classCount), ("channels", channels), ("auxiliaryChannels", auxiliaryChannels),
      ] where value < 1 {
        throw InvalidSetting("segmenter.\(key)", "must be at least 1, not \(value)")
      }
      guard classCount <= UPerNet.ignoredLabel else {
        throw InvalidSetting(
          "segmenter.classCount", "must be at most \(UPerNet.ignoredLabel), as labels are bytes, not \(classCount)")
      }
      guard auxiliaryWeight >= 0, auxiliaryWeight.isFinite else {
        throw InvalidSetting("segmenter.auxiliaryWeight", "must be at least 0, not \(auxiliaryWeight)")
      }
      guard (0..<1).contains(dropoutRate) else {
        throw InvalidSetting("segmenter.dropoutRate", "must be at least 0 and below 1, not \(dropoutRate)")
      }
    }
  }
}
