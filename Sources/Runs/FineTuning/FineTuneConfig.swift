public import Classification
public import ImageCoding
public import ImageData
public import ImageLoading
public import ImageTransforms
import Settings
import SplitMaskCore
public import Training
public import VisionModels

/// How strongly an encoder is changed by fine-tuning: the two columns of Table 9 of arXiv 2112.10740.
public enum FineTuningRegime: String, Codable, Hashable, Sendable, CaseIterable {
  /// `small-data` below 55,000 labelled images, else `standard`.
  case automatic
  /// DeiT's: repeated augmentation, a low rate for all layers, five epochs of warm-up.
  case standard
  /// BEiT's: a high rate that falls from layer to layer, a fifth of the run as warm-up.
  case smallData = "small-data"
}

/// Labelled images to learn from and to be judged on.
public struct LabelledDataConfig: Codable, Hashable, Sendable {
  /// Training images.
  public var train: [String] = []
  /// Test images; empty where nothing is judged.
  public var test: [String] = []
  /// Whether all test images may be training images, which then tells how well they are remembered.
  public var allowOverlap = false
  /// How many of the training images are used, the same share of every class: `1%`, `10%`, or a number.
  public var labels: LabelAmount?
  /// Threads that decode; nil is one for every processor.
  public var workers: Int?
  /// Gigabytes of decoded images kept in memory where all of them fit; nil is a quarter of the memory, at most 2.
  public var cacheGigabytes: Double?

  /// Nothing yet.
  public init() {}
}

/// Everything that decides a fine-tuning run. Values that are nil or automatic are chosen to fit data and device by
/// ``resolved(imageCount:device:processes:)``.
public struct FineTuneConfig: TrainingConfiguration, Hashable {
  /// Where every random draw comes from, the subset of labels included.
  public var seed: UInt64 = 0
  /// Where to compute.
  public var device = DeviceChoice.auto
  /// Rates and augmentation by the number of labelled images.
  public var regime = FineTuningRegime.automatic
  /// The images.
  public var data = LabelledDataConfig()
  /// Where the first weights are from: a run folder, an encoder file, or `random`.
  public var encoder = "random"
  /// The shape for `random`. A file has its own, and takes from here the stochastic depth, and the heads where it does not tell them.
  public var model = VisionTransformer.Config()
  /// The size of the images, to which positions are resampled; nil is the encoder's own.
  public var imageSize: ImageSize?
  /// What of the images' pixels is seen, where the encoder's file does not say it.
  public var pixels = PixelConfig()
  /// Channels, scale and statistics of pixels; nil is the encoder's, which of photographs
  /// stays in its file.
  public var normalization: PixelNormalization?
  /// What the head sees.
  public var pooling = Classifier.Pooling.mean
  /// Multiplies the head's first weights (the paper is silent; docs/method.md, row 21).
  public var headScale = 0.001
  /// What learning rates are multiplied by from layer to layer, towards the first; nil is the regime's.
  public var layerDecay: Double?
  /// How often an epoch shows an image that it shows; nil is the regime's.
  public var repeats: Int?
  /// Random changes of the images; nil RandAugment is the regime's, which `probability=0` switches off.
  public var augmentation = Augmentation.Config()
  /// Mixup, CutMix and label smoothing.
  public var mixing = BatchMixing.Config()
  /// Random erasing.
  public var erasing = RandomErasing.Config()
  /// How the classifier is judged.
  public var evaluation = ClassifierEvaluation.Config()
  /// Length, rates, logs and checkpoints.
  public var training = Trainer.Config()

  /// The paper's settings.
  public init() {}

  /// Settings that change nothing about the result.
  public static let keysChangeableOnResume: Set<String> = [
    "data.workers", "training.logEvery", "training.checkpointEvery", "training.keepCheckpoints",
  ]

  /// Checks everything that can be checked before the images are looked at.
  ///
  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    guard !data.train.isEmpty else { throw InvalidSetting("data.train", "name labelled images to learn from") }
    if let layerDecay, !(layerDecay > 0 && layerDecay <= 1) {
      throw InvalidSetting("layerDecay", "must be above 0 and at most 1, not \(layerDecay)")
    }
    if let repeats, repeats < 1 { throw InvalidSetting("repeats", "must be at least 1, not \(repeats)") }
    guard headScale >= 0, headScale.isFinite else {
      throw InvalidSetting("headScale", "must be a number of at least 0, not \(headScale)")
    }
    guard evaluation.cropRatio > 0, evaluation.cropRatio <= 1 else {
      throw InvalidSetting("evaluation.cropRatio", "must be above 0 and at most 1, not \(evaluation.cropRatio)")
    }
    guard evaluation.everyEpochs >= 1 else {
      throw InvalidSetting("evaluation.everyEpochs", "must be at least 1, not \(evaluation.everyEpochs)")
    }
    try pixels.validate()
    try normalization?.validate(channels: model.channels)
    try model.validate()
    try augmentation.validate()
    try mixing.validate(batchSize: training.batchSize)
    try erasing.validate()
    try training.validate()
  }
}
