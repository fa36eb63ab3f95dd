public import DenseAnnotations
public import DenseTasks
public import ImageCoding
public import ImageLoading
import Settings
import SplitMaskCore
import Torch
public import Training
public import VisionModels

/// A folder in ADE20k's layout.
public struct SegmentationDataConfig: Codable, Hashable, Sendable {
  /// The folder with `images` and `annotations`.
  public var folder = ""
  /// The part to learn from.
  public var split = "training"
  /// The part to be judged by; nil where nothing is held out.
  public var testSplit: String?
  /// The list of classes; nil for the one in the folder.
  public var classList: String?
  /// What the values of the label maps stand for; nil is ADE20k's manner, doubted where it looks wrong.
  public var labelMap: LabelMapping?
  /// Whether a label map without an image is an error.
  public var strict = false
  /// Threads that decode; nil is one for every processor.
  public var workers: Int?

  /// Nothing yet.
  public init() {}
}

/// Everything that decides the training of a segmenter. Values that are nil are chosen to fit data and device.
public struct SegmentationConfig: TrainingConfiguration, Hashable {
  /// The preset that the settings started from (``presets``).
  public var preset: String?
  /// Where every random draw comes from.
  public var seed: UInt64 = 0
  /// Where to compute.
  public var device = DeviceChoice.auto
  /// The images and their label maps.
  public var data = SegmentationDataConfig()
  /// Where the first weights are from: a run folder, an encoder file, or `random`.
  public var encoder = "random"
  /// The shape for `random`. A file has its own, and takes from here the stochastic depth, and the heads where it does not tell them.
  public var model = VisionTransformer.Config()
  /// The segmenter around it; its classes are the data's.
  public var segmenter = UPerNet.Config()
  /// What of an image is seen in training.
  public var augmentation = SegmentationAugmentation()
  /// How it is judged.
  public var evaluation = SegmentationEvaluation.Config()
  /// What of the images' pixels is seen, where the encoder's file does not say it.
  public var pixels = PixelConfig()
  /// Channels, scale and statistics of pixels; nil is the encoder's, which of photographs stays in its file.
  public var normalization: PixelNormalization?
  /// What learning rates are multiplied by from layer to layer of the encoder, towards the first.
  public var layerDecay = 0.65
  /// Length, rates, logs and checkpoints.
  public var training = Trainer.Config()

  /// BEiT's settings, which the paper shares.
  public init() {}

  /// Settings that change nothing about the result.
  public static let keysChangeableOnResume: Set<String> = [
    "data.workers", "training.logEvery", "training.checkpointEvery", "training.keepCheckpoints",
  ]

  /// The paper's updates.
  private static let paperSteps = 160_000

  /// Checks everything that can be checked before the images are looked at.
  ///
  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    guard !data.folder.isEmpty else { throw InvalidSetting("data.folder", "name a folder in ADE20k's layout") }
    guard layerDecay > 0, layerDecay <= 1 else {
      throw InvalidSetting("layerDecay", "must be above 0 and at most 1, not \(layerDecay)")
    }
    if let batch = training.batchSize, batch < 2 {
      throw InvalidSetting("training.batchSize", "batch normalisation takes two images or more, not \(batch)")
    }
    try augmentation.validate()
    try evaluation.validate()
    try segmenter.validate()
    try pixels.validate()
    try normalization?.validate(channels: model.channels)
    try model.validate()
    try training.validate()
  }

  /// Images that a processor is asked to learn from where nobody says more.
  private static let cpuImages = 3000

  /// Every automatic value chosen, so that the run can be repeated from it. The schedule is BEiT's
  /// (docs/method.md, Networks for dense tasks).
  func resolved(imageCount: Int, device: Device, processes: ProcessGroup) -> Resolved<SegmentationConfig> {
    var result = self
    let isCPU = device.kind == .cpu
    // Who names the paper's preset wants its length too.
    let isShort = isCPU && preset != DensePreset.paper
    result.preset = preset ?? DensePreset.paper
    result.data.workers = data.workers ?? processes.defaultWorkers
    let batchSize =
      training.batchSize ?? max(2, processes.automaticBatch(isCPU ? 4 : 16, imageCount: imageCount))
    let training = training.resolved(
      by: OptimizationDefaults(
        learningRate: 7e-4, referenceBatch: 16, minimumLearningRate: 0, warmup: .init(.updates(1500), share: 0.05),
        schedule: .linear, clipping: .none), imageCount: imageCount, batchSize: batchSize,
      length: .steps(isShort ? Self.cpuImages / batchSize : Self.paperSteps),
      replicas: Replicas.automaticCount(
        batchSize: batchSize, smallestShare: 1, parameterCount: model.parameterCount, device: device,
        processes: processes))
    result.training = result.training.completed(by: training)
    return Resolved(result, training: training)
  }
}
