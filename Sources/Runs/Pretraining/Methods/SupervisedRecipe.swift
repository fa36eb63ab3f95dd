public import Classification
import ImageTransforms
import SelfSupervision
import SplitMaskCore
import TorchOptim
import Training
import VisionModels

/// DeiT's supervised training (arXiv 2012.12877; facebookresearch/deit, main.py) in a pretraining run.
struct SupervisedRecipe: MethodRecipe {
  let config: PretrainConfig

  /// From this many epochs on, rates go by DeiT's epochs; a shorter run would spend too much of itself at the lowest.
  private static let deitEpochs = 100

  var optimization: OptimizationDefaults {
    let isLong = (config.training.epochs ?? 0) >= SupervisedRecipe.deitEpochs
    return OptimizationDefaults(
      learningRate: 5e-4, referenceBatch: 512, minimumLearningRate: 1e-5, warmup: .init(.epochs(5), share: 0.1),
      schedule: isLong ? .perEpoch : .inclusive, clipping: .none)
  }

  var needsLabels: Bool { true }

  var repeats: Int { config.supervised.repeats ?? 1 }

  func prepare(_ config: inout PretrainConfig) {
    config.augmentation.randAugment = RandAugment.Config()
  }

  func validate() throws {
    try config.supervised.mixing.validate(batchSize: config.training.batchSize)
    try config.supervised.erasing.validate()
    if let repeats = config.supervised.repeats, repeats < 1 {
      throw InvalidSetting("supervised.repeats", "must be at least 1, not \(repeats)")
    }
  }

  func resolved(imageCount: Int, batchImages: Int, length: TrainingLength) -> PretrainConfig {
    var result = config
    // An epoch of repeats is whole 256s of images; of fewer images there is nothing to repeat.
    result.supervised.repeats = config.supervised.repeats ?? (imageCount < 256 ? 1 : 3)
    return result
  }

  func notes(asked: PretrainConfig) -> [String] {
    ["learns from the classes of the images: a comparison for the methods that need none"]
  }

  func work(words: PatchTokenizer.Specification) -> MatrixWork { config.model.work(patches: config.model.grid.count) }

  func task(_ material: RunMaterial) throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let classifier = try Classifier(
      encoder: try VisionTransformer(config.model, using: &generator), classNames: material.classNames,
      pooling: config.model.classToken ? .classToken : .mean, headScale: 1, using: &generator)
    classifier.move(to: material.device)
    let preparation = BatchPreparation(
      encoder: config.model, classCount: material.classNames.count, normalization: material.normalization,
      mixing: BatchMixing(config.supervised.mixing), erasing: RandomErasing(config.supervised.erasing),
      device: material.device)
    return ClassificationTask(
      classifier: classifier, preparation: preparation, normalization: material.normalization, writesEncoder: true)
  }
}

/// DeiT's settings beyond augmentation and optimisation.
public struct SupervisedConfig: Codable, Hashable, Sendable {
  /// Mixup, CutMix and label smoothing.
  public var mixing = BatchMixing.Config()
  /// Random erasing.
  public var erasing = RandomErasing.Config()
  /// How often an epoch shows an image that it shows; nil is DeiT's 3.
  public var repeats: Int?

  /// DeiT's.
  public init() {}
}
