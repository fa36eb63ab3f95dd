import SelfSupervision
import SplitMaskCore
import Torch
import Training
import VisionModels

/// MAE (arXiv 2111.06377) in a pretraining run.
struct MAERecipe: MethodRecipe {
  let config: PretrainConfig

  var optimization: OptimizationDefaults { MAE.optimization }

  func prepare(_ config: inout PretrainConfig) {
    config.augmentation = MAE.augmentation
  }

  /// MAE has no stochastic depth, whatever the encoder's settings say.
  func resolved(imageCount: Int, batchImages: Int, length: TrainingLength) -> PretrainConfig {
    var result = config
    result.model.stochasticDepthRate = 0
    return result
  }

  func validate() throws { try config.mae.validate(encoder: config.model) }

  var pictureColumns: [String] { MAETask.pictureColumns }

  func work(words: PatchTokenizer.Specification) -> MatrixWork { config.mae.work(encoder: config.model) }

  func task(_ material: RunMaterial) throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let model = try MAEModel(encoder: config.model, config: config.mae, device: material.device, using: &generator)
    let computation = MAEStep(
      model: model, config: config.mae, normalization: material.normalization, device: material.device)
    return MAETask(computation: computation, normalization: material.normalization)
  }
}
