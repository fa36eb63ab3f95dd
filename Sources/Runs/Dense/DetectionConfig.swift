public import DenseTasks
public import ImageCoding
public import ImageLoading
import Settings
import SplitMaskCore
import Torch
public import Training
public import VisionModels

/// COCO files with the folders of their images.
public struct DetectionDataConfig: Codable, Hashable, Sendable {
  /// The COCO file to learn from.
  public var annotations = ""
  /// The folder of its images.
  public var images = ""
  /// The COCO file to be judged by; nil where nothing is held out.
  public var testAnnotations: String?
  /// The folder of its images.
  public var testImages: String?
  /// Whether anything unusable in the files is an error instead of being left out.
  public var strict = false
  /// Whether images without objects are learned from.
  public var emptyImages = true
  /// Threads that decode; nil is one for every processor.
  public var workers: Int?

  /// Nothing yet.
  public init() {}
}

/// Everything that decides the training of a detector. Values that are nil are chosen to fit data and device.
public struct DetectionConfig: TrainingConfiguration, Hashable {
  /// How a detector is judged.
  public struct Evaluation: Codable, Hashable, Sendable {
    /// The size of what it sees.
    public var view = DetectionPass.View()
    /// Epochs between two evaluations; the last epoch is always evaluated.
    public var everyEpochs = 1
    /// Images at once.
    public var batchSize = 1

    /// COCO's usual size, after every epoch.
    public init() {}
  }

  /// The preset that the settings started from (``presets``).
  public var preset: String?
  /// Where every random draw comes from.
  public var seed: UInt64 = 0
  /// Where to compute.
  public var device = DeviceChoice.auto
  /// The images and what is on them.
  public var data = DetectionDataConfig()
  /// Where the first weights are from: a run folder, an encoder file, or `random`.
  public var encoder = "random"
  /// The shape for `random`. A file has its own, and takes from here the stochastic depth, and the heads where it does not tell them.
  public var model = VisionTransformer.Config()
  /// The detector around it; its classes are the data's.
  public var detector = MaskRCNN.Config()
  /// What of an image is seen in training.
  public var augmentation = DetectionAugmentation()
  /// How it is judged.
  public var evaluation = Evaluation()
  /// What of the images' pixels is seen, where the encoder's file does not say it.
  public var pixels = PixelConfig()
  /// Channels, scale and statistics of pixels; nil is the encoder's, which of photographs stays in its file.
  public var normalization: PixelNormalization?
  /// What learning rates are multiplied by from layer to layer of the encoder, towards the first.
  public var layerDecay = 1.0
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
    guard !data.annotations.isEmpty else { throw InvalidSetting("data.annotations", "name a COCO file to learn from") }
    guard !data.images.isEmpty else { throw InvalidSetting("data.images", "name the folder of the images") }
    guard (data.testAnnotations == nil) == (data.testImages == nil) else {
      throw InvalidSetting(
        data.testImages == nil ? "data.testImages" : "data.testAnnotations",
        "to be judged takes both the folder of the test images and their COCO file: give --test-images and "
          + "--test-annotations, or neither")
    }
    guard layerDecay > 0, layerDecay <= 1 else {
      throw InvalidSetting("layerDecay", "must be above 0 and at most 1, not \(layerDecay)")
    }
    for (key, value) in [("everyEpochs", evaluation.everyEpochs), ("batchSize", evaluation.batchSize)] where value < 1 {
      throw InvalidSetting("evaluation.\(key)", "must be at least 1, not \(value)")
    }
    try evaluation.view.validate("evaluation.view")
    try augmentation.validate()
    try detector.validate()
    try pixels.validate()
    try normalization?.validate(channels: model.channels)
    try model.validate()
    try training.validate()
  }

  /// Images that a processor is asked to learn from where nobody says more.
  private static let cpuImages = 1700

  /// Every automatic value chosen, so that the run can be repeated from it. The schedule is Swin's and XCiT's.
  func resolved(imageCount: Int, device: Device, processes: ProcessGroup) -> Resolved<DetectionConfig> {
    var result = self
    // Who names the paper's preset wants its length too.
    let isShort = device.kind == .cpu && preset != DensePreset.paper
    result.preset = preset ?? DensePreset.paper
    result.data.workers = data.workers ?? processes.defaultWorkers
    let batchSize =
      training.batchSize ?? processes.automaticBatch(device.kind == .cpu ? 2 : 16, imageCount: imageCount)
    let training = training.resolved(
      by: OptimizationDefaults(
        learningRate: 1e-4, referenceBatch: 16, minimumLearningRate: 0, warmup: .init(.updates(500), share: 0.1),
        schedule: .threeTimes, clipping: .none), imageCount: imageCount, batchSize: batchSize,
      length: .epochs(isShort ? min(36, max(1, Self.cpuImages / imageCount)) : 36),
      replicas: Replicas.automaticCount(
        batchSize: batchSize, smallestShare: 1, parameterCount: model.parameterCount, device: device,
        processes: processes))
    result.training = result.training.completed(by: training)
    return Resolved(result, training: training)
  }
}
