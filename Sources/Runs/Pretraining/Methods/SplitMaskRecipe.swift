import ImageTransforms
import SelfSupervision
import SplitMaskCore
import Torch
import Training
import VisionModels

/// SplitMask in a pretraining run.
struct SplitMaskRecipe: MethodRecipe {
  let config: PretrainConfig

  /// BEiT's (docs/method.md, row 14).
  var optimization: OptimizationDefaults { OptimizationDefaults() }

  /// Fewer teach SplitMask more in a trial, and MAE not (docs/results.md).
  func patches(of preset: PretrainingPreset) -> Int { preset == .trial ? 4 : PretrainingPreset.patches }

  var usesWords: Bool { true }

  var optionalGroups: Set<String> { ["augmentation", "regime", "tokenizer"] }

  var views: ViewConfiguration {
    config.views(tokenizerPatchSize: config.tokenizer.patchSize(encoderPatchSize: config.model.patchSize))
  }

  func validate() throws {
    try config.tokenizer.validate(encoderPatchSize: config.model.patchSize)
    try config.splitmask.validate()
    _ = try masks()
  }

  /// Masks and augmentation by the size of the data set (docs/method.md, Which regime).
  func resolved(imageCount: Int, batchImages: Int, length: TrainingLength) -> PretrainConfig {
    var result = config
    if result.regime == .automatic { result.regime = imageCount < Regime.smallDataLimit ? .smallData : .standard }
    let isSmall = result.regime == .smallData
    if result.splitmask.masking.strategy == .automatic {
      result.splitmask.masking.strategy = isSmall ? .uniform : .block
    }
    result.splitmask.masking.ratio = result.splitmask.masking.chosenRatio
    guard isSmall, config.augmentation.changesNoColors else { return result }
    let extra = Augmentation.Config.smallData
    result.augmentation.colorJitter = extra.colorJitter
    result.augmentation.grayscaleProbability = extra.grayscaleProbability
    result.augmentation.blurProbability = extra.blurProbability
    result.augmentation.solarizeProbability = extra.solarizeProbability
    return result
  }

  func notes(asked: PretrainConfig) -> [String] {
    var notes: [String] = []
    if asked.regime == .automatic {
      notes.append(
        config.regime == .smallData
          ? "below \(HumanReadable.count(Regime.smallDataLimit)) images: uniform masks of 75 % and extra "
            + "augmentation (--set regime=standard for neither)"
          : "block masks of 50 %, crops and flips (--set regime=small-data for stronger ones)")
    }
    if config.training.accumulate > 1 && config.splitmask.match {
      notes.append(
        "the negatives of the matching loss are the \(config.training.batchSize ?? 0) images of one micro-batch")
    }
    return notes
  }

  var pictureColumns: [String] { config.splitmask.pictureColumns }

  func work(words: PatchTokenizer.Specification) throws -> MatrixWork {
    try config.splitmask.work(encoder: config.model, tokenizer: words)
  }

  func task(_ material: RunMaterial) throws -> any TrainingTask { try splitMaskTask(material) }

  /// The task as its own type, for what only SplitMask has, such as a trace.
  func splitMaskTask(_ material: RunMaterial) throws -> SplitMaskTask {
    guard let tokenizer = material.tokenizer else { preconditionFailure("SplitMask predicts words") }
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let model = try SplitMaskModel(
      encoder: config.model, config: config.splitmask, vocabulary: config.tokenizer.vocabulary,
      device: material.device, using: &generator)
    let computation = SplitMaskStep(
      model: model, tokenizer: tokenizer, config: config.splitmask, normalization: material.normalization,
      device: material.device)
    return SplitMaskTask(computation: computation, masks: try masks(), normalization: material.normalization)
  }

  /// Who sees which patches.
  func masks() throws -> any PatchSplitGenerator {
    let masking = config.splitmask.masking
    return masking.strategy == .uniform
      ? try UniformMaskGenerator(grid: config.model.grid, ratio: masking.chosenRatio, complement: masking.complement)
      : try BlockMaskGenerator(grid: config.model.grid, ratio: masking.chosenRatio, exact: masking.exact)
  }
}
