import ImageCoding
package import ImageLoading
package import ImageTransforms
package import SelfSupervision
import SplitMaskCore
import Torch
package import Training
package import VisionModels

/// What one method adds to a pretraining run: its numbers, its views of the images, its task.
///
/// A new method is one of these, one case of ``PretrainingMethod`` and its settings in ``PretrainConfig``.
package protocol MethodRecipe {
  /// The run's settings, some of which may still be automatic.
  var config: PretrainConfig { get }

  /// The published optimisation, for what is not set.
  var optimization: OptimizationDefaults { get }

  /// Patches in a row, about, of images whose encoder is fitted to a preset for this method alone.
  func patches(of preset: PretrainingPreset) -> Int

  /// Whether the method predicts visual words.
  var usesWords: Bool { get }

  /// Whether the method learns from classes.
  var needsLabels: Bool { get }

  /// Which of the settings' groups that not every method looks at this one does, beside its own.
  var optionalGroups: Set<String> { get }

  /// The sizes in which the loader renders each image.
  var views: ViewConfiguration { get }

  /// What the loader makes of each image.
  var transform: DataLoader.Transform { get }

  /// Sets what the method does otherwise than ``PretrainConfig``'s defaults, such as its augmentation.
  func prepare(_ config: inout PretrainConfig)

  /// How often an epoch shows an image that it shows.
  var repeats: Int { get }

  /// Checks the method's settings, before the images are looked at and again once they are resolved.
  ///
  /// - Throws: `InvalidSetting`.
  func validate() throws

  /// The settings with the method's automatic ones chosen.
  ///
  /// - Parameters:
  ///   - imageCount: images of the data set.
  ///   - batchImages: images of an update.
  ///   - length: of the run.
  func resolved(imageCount: Int, batchImages: Int, length: TrainingLength) -> PretrainConfig

  /// What the plan should mention besides its numbers, with resolved settings.
  ///
  /// - Parameter asked: the settings before.
  func notes(asked: PretrainConfig) -> [String]

  /// What the columns of the method's pictures show, from left to right; empty where it makes none.
  var pictureColumns: [String] { get }

  /// A step's matrix products for one image, with resolved settings.
  ///
  /// - Parameter words: of the vocabulary, for methods that use one.
  func work(words: PatchTokenizer.Specification) throws -> MatrixWork

  /// The method with fresh weights.
  func task(_ material: RunMaterial) throws -> any TrainingTask
}

/// What a run hands to a method.
package struct RunMaterial {
  /// Where to compute.
  let device: Device
  /// The vocabulary, where the method uses words.
  let tokenizer: PatchTokenizer?
  /// The classes, where the images have some.
  let classNames: [String]
  /// How pixels are seen.
  let normalization: PixelNormalization
  /// Images of the data set.
  let imageCount: Int
  /// Length and batches of the run.
  let training: Trainer.ResolvedConfig
}

extension MethodRecipe {
  var needsLabels: Bool { false }

  func patches(of preset: PretrainingPreset) -> Int { PretrainingPreset.patches }

  var usesWords: Bool { false }

  var optionalGroups: Set<String> { usesWords ? ["augmentation", "tokenizer"] : ["augmentation"] }

  var repeats: Int { 1 }

  var views: ViewConfiguration { config.views(tokenizerPatchSize: config.model.patchSize) }

  var transform: DataLoader.Transform { .training(config.augmentation) }

  func prepare(_ config: inout PretrainConfig) {}

  func validate() throws {}

  func resolved(imageCount: Int, batchImages: Int, length: TrainingLength) -> PretrainConfig { config }

  func notes(asked: PretrainConfig) -> [String] { [] }

  var pictureColumns: [String] { [] }
}

extension PretrainConfig {
  /// The method's part of the run.
  package var recipe: any MethodRecipe {
    switch method {
    case .splitmask: SplitMaskRecipe(config: self)
    case .beit: BEiTRecipe(config: self)
    case .dino: DINORecipe(config: self)
    case .mae: MAERecipe(config: self)
    case .supervised: SupervisedRecipe(config: self)
    }
  }

  /// Refuses assignments that the method does not look at, such as another method's settings; they would be without effect.
  ///
  /// - Parameter assignments: as the command line has them, `key.path=value`.
  /// - Throws: `InvalidSetting`.
  public func checkEffect(of assignments: [String]) throws {
    for assignment in assignments {
      let key = String(assignment.prefix { $0 != "=" })
      guard let group = key.split(separator: ".").first.map(String.init), unusedGroups.contains(group) else { continue }
      throw InvalidSetting(key, "the method '\(method.rawValue)' does not look at '\(group)'; leave this away")
    }
  }

  /// Other methods' settings, and what this method does not look at.
  public var unusedGroups: Set<String> {
    Set(PretrainingMethod.allCases.map(\.rawValue)).union(["augmentation", "regime", "tokenizer"])
      .subtracting(recipe.optionalGroups).subtracting([method.rawValue])
  }

  /// The sizes in which the loader renders each image.
  package var views: ViewConfiguration { recipe.views }

  /// How pixels are seen; as photographs', where nobody has looked at the images yet.
  var seenPixels: PixelNormalization { normalization ?? .imageNet }

  /// Views at the encoder's size, and the tokenizer's where its patches are of another size.
  func views(tokenizerPatchSize side: Int) -> ViewConfiguration {
    let size = model.imageSize
    let encoder = ViewConfiguration.Size(height: size.height, width: size.width)
    guard side != model.patchSize else { return ViewConfiguration(encoder: encoder, pixels: seenPixels) }
    let grid = model.grid
    let tokenizer = ViewConfiguration.Size(height: grid.rows * side, width: grid.columns * side)
    return ViewConfiguration(encoder: encoder, tokenizer: tokenizer, pixels: seenPixels)
  }
}
