public import ImageData

/// What a method's authors train it with, for whoever configures a run: numbers and augmentation that differ from method to
/// method.
public struct MethodDefaults: Hashable, Sendable {
  /// Decay of AdamW's first moment.
  public var firstBeta: Double
  /// Decay of AdamW's second moment.
  public var secondBeta: Double
  /// The peak learning rate for `referenceBatch` images an update; in proportion for others.
  public var learningRate: Double
  /// Images an update that `learningRate` is for.
  public var referenceBatch: Int
  /// Where the cosine ends.
  public var minimumLearningRate: Double
  /// The warm-up's share of all updates.
  public var warmupShare: Double
  /// The decoupled weight decay.
  public var weightDecay: Double
  /// The gradient's largest norm; nil never clips.
  public var clipNorm: Double?
  /// The last block's chance of being left out.
  public var stochasticDepthRate: Double
  /// Random changes of the images.
  public var augmentation: Augmentation.Config

  /// Numbers by hand.
  public init(
    firstBeta: Double, secondBeta: Double, learningRate: Double, referenceBatch: Int, minimumLearningRate: Double,
    warmupShare: Double, weightDecay: Double, clipNorm: Double?, stochasticDepthRate: Double,
    augmentation: Augmentation.Config
  ) {
    self.firstBeta = firstBeta
    self.secondBeta = secondBeta
    self.learningRate = learningRate
    self.referenceBatch = referenceBatch
    self.minimumLearningRate = minimumLearningRate
    self.warmupShare = warmupShare
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.stochasticDepthRate = stochasticDepthRate
    self.augmentation = augmentation
  }
}
