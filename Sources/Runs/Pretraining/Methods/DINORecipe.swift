import ImageLoading
import ImageTransforms
import SelfSupervision
import SplitMaskCore
import Torch
import Training
import VisionModels

/// DINO (arXiv 2104.14294) in a pretraining run.
struct DINORecipe: MethodRecipe {
  let config: PretrainConfig

  var optimization: OptimizationDefaults { DINO.optimization }

  /// Its crops are changed as DINO does.
  var optionalGroups: Set<String> { [] }

  var views: ViewConfiguration {
    var views = crops.views
    views.pixels = config.seenPixels
    return views
  }

  var transform: DataLoader.Transform { .multiCrop(crops) }

  private var crops: MultiCrop { config.dino.crops.multiCrop(encoder: config.model) }

  func validate() throws { try config.dino.validate(encoder: config.model) }

  func resolved(imageCount: Int, batchImages: Int, length: TrainingLength) -> PretrainConfig {
    var result = config
    result.dino = dino(imageCount: imageCount, batchImages: batchImages, length: length).config
    return result
  }

  private func dino(imageCount: Int, batchImages: Int, length: TrainingLength) -> DINO.ResolvedConfig {
    config.dino.resolved(
      imageCount: imageCount, batchSize: batchImages,
      totalSteps: length.steps(perEpoch: max(1, imageCount / batchImages)), encoder: config.model)
  }

  func notes(asked: PretrainConfig) -> [String] {
    config.dino.notes(asked: asked.dino, encoder: config.model)
  }

  var pictureColumns: [String] {
    ["two global crops"] + (config.dino.crops.localCount == 0 ? [] : ["the local crops"])
  }

  func work(words: PatchTokenizer.Specification) -> MatrixWork { config.dino.work(encoder: config.model) }

  func task(_ material: RunMaterial) throws -> any TrainingTask {
    var generator = SeededGenerator(seed: config.seed, purpose: .initialization)
    let dino = dino(
      imageCount: material.imageCount, batchImages: material.training.batchSize * material.training.accumulate,
      length: material.training.length)
    let computation = try DINOStep(
      encoder: config.model, config: dino, normalization: material.normalization, device: material.device,
      using: &generator)
    return DINOTask(computation: computation, normalization: material.normalization)
  }
}
