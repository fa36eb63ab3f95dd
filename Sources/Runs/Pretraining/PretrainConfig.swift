public import ImageCoding
public import ImageData
public import ImageLoading
public import ImageTransforms
public import SelfSupervision
import Settings
import SplitMaskCore
public import Training
public import VisionModels

/// How a model learns from unlabelled images.
public enum PretrainingMethod: String, Codable, Hashable, Sendable, CaseIterable {
  /// Split, inpaint, match.
  case splitmask
  /// Mask tokens in the encoder, visual words to predict.
  case beit
  /// A student follows its own average over crops.
  case dino
  /// Pixels instead of words.
  case mae
  /// DeiT's supervised training, to compare with.
  case supervised
}

/// How much to change images and hide of them, by the size of the data set (docs/method.md, Which regime).
public enum Regime: String, Codable, Hashable, Sendable, CaseIterable {
  /// `small-data` below 55,000 images, else `standard`.
  case automatic
  /// Block masks of half the patches, crops and flips only.
  case standard
  /// Uniform masks of three quarters, changes of colour, greyscale, blur and solarization.
  case smallData = "small-data"

  /// Data sets below this many images are small.
  public static let smallDataLimit = 55_000
}

/// Where images come from and how they are read.
public struct DataConfig: Codable, Hashable, Sendable {
  /// Folders, lists of paths and tar shards.
  public var images: [String] = []
  /// How many of the images are used: `1%`, `10%`, or a number; nil is all. Where they lie in folders of classes, the same
  /// share of every class.
  public var subset: LabelAmount?
  /// How images too large to open are cut into tiles, which are images of their own; nil leaves them whole.
  public var tiles: Tiling?
  /// Threads that decode; nil is one for every processor.
  public var workers: Int?
  /// Gigabytes of decoded images kept in memory where all of them fit; nil is a quarter of the memory, at most 2.
  public var cacheGigabytes: Double?

  /// Nothing yet.
  public init() {}
}

/// Everything that decides a pretraining run. Values that are nil or automatic are chosen to fit data and device by
/// ``resolved(imageCount:device:processes:)``.
public struct PretrainConfig: TrainingConfiguration, Hashable {
  /// The method.
  public var method = PretrainingMethod.splitmask
  /// Where every random draw comes from.
  public var seed: UInt64 = 0
  /// Where to compute.
  public var device = DeviceChoice.auto
  /// How long the run may take. ``fit(shortSide:explicit:comparing:)`` chooses where it is nil: a trial on a CPU, the
  /// paper's length on a GPU; without that call nil is the paper's. Settings that are said outrank it.
  public var preset: PretrainingPreset?
  /// Masks and augmentation by the size of the data set.
  public var regime = Regime.automatic
  /// The images.
  public var data = DataConfig()
  /// The encoder.
  public var model = VisionTransformer.Config()
  /// The run or file whose encoder the run goes on from; nil starts with fresh weights. Of ``model`` only the image size is
  /// then looked at.
  public var encoder: String?
  /// What that file held when the run began (`ContentDigest`).
  public var encoderDigest: String?
  /// How the encoder goes on.
  public var continuation = Continuation()
  /// The visual words.
  public var tokenizer = PatchTokenizer.Config()
  /// SplitMask's own settings.
  public var splitmask = SplitMask.Config()
  /// BEiT's own settings.
  public var beit = BEiT.Config()
  /// DINO's own settings.
  public var dino = DINO.Config()
  /// MAE's own settings.
  public var mae = MAE.Config()
  /// Supervised training's own settings.
  public var supervised = SupervisedConfig()
  /// Random changes of the images.
  public var augmentation = Augmentation.Config()
  /// Whether a linear classifier learns beside methods that need no classes, where the images have some: it changes
  /// nothing about the run, and shows in the log as `probe_accuracy` whether the classes become easier to tell apart.
  public var onlineProbe = true
  /// What of the images' pixels the encoder sees.
  public var pixels = PixelConfig()
  /// Channels, scale and statistics of pixels (the paper is silent; docs/method.md, row 23); nil is ImageNet's for 8-bit
  /// photographs, and the data set's own for other images.
  public var normalization: PixelNormalization?
  /// Length, rates, logs and checkpoints.
  public var training = Trainer.Config()

  /// SplitMask's published settings.
  public init() {}

  /// A method's published settings.
  public init(method: PretrainingMethod) {
    self.method = method
    recipe.prepare(&self)
  }

  /// The preset's.
  public var presetName: String? { preset?.rawValue }

  /// Settings that change nothing about the result, and so may change when a run is resumed.
  public static let keysChangeableOnResume: Set<String> = [
    "data.workers", "training.logEvery", "training.checkpointEvery", "training.keepCheckpoints",
  ]

  /// What earlier versions called a law is a distribution.
  public static let earlierNames = ["tokenizer.law": "tokenizer.distribution"]

  /// Of settings whose value does not explain itself.
  public static let remarks: [String: String] = [
    "preset": "chose encoder, sizes, rates and length where nobody said them",
    "regime": "standard: block masks of 50 %; small-data: uniform masks of 75 %, more augmentation",
    "data.cacheGigabytes": "decoded images are kept in memory where all of them fit",
    "model.stochasticDepthRate": "the share of the last block's residual branches that are left out",
    "tokenizer.distribution": "of the random projection's components",
    "tokenizer.samples": "patches that k-means and random patches are drawn from",
    "splitmask.masking.ratio": "the share of the patches that a branch does not see",
    "splitmask.masking.complement": "one branch sees exactly what the other does not",
    "splitmask.matching.temperature": "of InfoNCE, which tells an image's halves from other images' halves",
    "onlineProbe": "a linear classifier beside the run, for the log; changes nothing of the encoder",
    "training.accumulate": "batches whose gradients make one update",
    "training.replicas": "parts of a batch that threads compute side by side",
    "training.warmupSteps": "updates until the learning rate is at its highest",
  ]

  /// Checks everything that can be checked before the images are looked at.
  ///
  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    guard !data.images.isEmpty else { throw InvalidSetting("data.images", "name a folder, list or shard of images") }
    try data.tiles?.validate()
    if let workers = data.workers, workers < 0 {
      throw InvalidSetting("data.workers", "must be at least 0, not \(workers)")
    }
    if let gigabytes = data.cacheGigabytes, !(gigabytes >= 0 && gigabytes.isFinite) {
      throw InvalidSetting("data.cacheGigabytes", "must be at least 0, not \(gigabytes)")
    }
    try pixels.validate()
    try validateContinuation()
    // The shape of an encoder to go on from is known when the images have been looked at.
    if encoder == nil || normalization != nil {
      try normalization?.validate(channels: model.channels)
      try model.validate()
      try recipe.validate()
    }
    try augmentation.validate()
    try training.validate()
  }
}
