import ImageData
import SelfSupervision
import Torch
import Training
import VisionModels

/// DINO in a pretraining run.
struct DINORecipe: MethodRecipe {
  private let config: PretrainConfig

  init(_ config: PretrainConfig) { self.config = config }

  var optimization: OptimizationDefaults { DINO.optimization }

  var usesWords: Bool { false }

  var views: ViewConfiguration { crops.views }

  var transform: DataLoader.Transform { .multiCrop(crops) }

  private var crops: MultiCrop { config.dino.crops.multiCrop(encoder: config.model) }

  func validate() throws { try config.dino.validate(encoder: config.model) }

  /// The head, the teacher and the crops by the size of data, batches and images.
  func settled(imageCount: Int) -> PretrainConfig {
    let training = config.training
    let batch = (training.batchSize ?? 1) * training.accumulate
    let steps = training.steps ?? (training.epochs ?? 1) * max(1, imageCount / batch)
    var result = config
    result.dino = config.dino.resolved(
      imageCount: imageCount, batchSize: batch, totalSteps: steps, encoder: config.model)
    return result
  }

  func notes(asked: PretrainConfig) -> [String] { config.dino.notes(asked: asked.dino, encoder: config.model) }

  func task(_ material: RunMaterial) throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let computation = try DINOStep(
      encoder: config.model, config: config.dino, normalization: config.normalization, device: material.device,
      using: &generator)
    return DINOTask(computation: computation, normalization: config.normalization)
  }
}
