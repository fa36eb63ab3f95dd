import ImageTransforms
import SelfSupervision
import SplitMaskCore
import Torch
import Training
import VisionModels

/// BEiT (arXiv 2106.08254) in a pretraining run.
struct BEiTRecipe: MethodRecipe {
  let config: PretrainConfig

  var optimization: OptimizationDefaults { BEiT.optimization }

  var usesWords: Bool { true }

  var views: ViewConfiguration {
    config.views(tokenizerPatchSize: config.tokenizer.patchSize(encoderPatchSize: config.model.patchSize))
  }

  func prepare(_ config: inout PretrainConfig) {
    config.augmentation = BEiT.augmentation
  }

  func validate() throws {
    try config.tokenizer.validate(encoderPatchSize: config.model.patchSize)
    try config.beit.validate()
    _ = try masks()
  }

  var pictureColumns: [String] { BEiTTask.pictureColumns }

  func work(words: PatchTokenizer.Specification) -> MatrixWork {
    config.beit.work(encoder: config.model, tokenizer: words)
  }

  func task(_ material: RunMaterial) throws -> any TrainingTask {
    guard let tokenizer = material.tokenizer else { preconditionFailure("BEiT predicts words") }
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let model = try BEiTModel(
      encoder: config.model, config: config.beit, vocabulary: config.tokenizer.vocabulary, device: material.device,
      using: &generator)
    let computation = BEiTStep(
      model: model, tokenizer: tokenizer, normalization: material.normalization, device: material.device)
    return BEiTTask(computation: computation, masks: try masks(), normalization: material.normalization)
  }

  private func masks() throws -> BEiTMaskGenerator {
    try BEiTMaskGenerator(grid: config.model.grid, ratio: config.beit.maskingRatio)
  }
}
