import ArgumentParser
import Foundation
import Recipes
import Training

/// The settings of a pretraining run as flags; each is short for a `--set key.path=value`.
struct PretrainOptions: ParsableArguments {
  @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
  var images: [String] = []

  @Option(help: "How to learn: splitmask.")
  var method: String?

  @Option(help: "The encoder: vit-tiny, vit-small, vit-base or vit-large. (default: vit-small)")
  var model: String?

  @Option(help: "Side of the images in pixels, or [height, width]. (default: 224)")
  var imageSize: String?

  @Option(help: "Side of a patch in pixels. (default: 16)")
  var patchSize: Int?

  @Option(help: "Visual words: random-projection, random-patches, k-means or dall-e. (default: random-projection)")
  var tokenizer: String?

  @Option(
    name: .customLong("dall-e-weights"),
    help: ArgumentHelp("DALL-E's encoder as scripts/convert_dalle.py writes it, for its words.", valueName: "file"))
  var dalleWeights: String?

  @Option(help: "Number of visual words. (default: 8192)")
  var vocabulary: Int?

  @Option(help: "Passes over the images. (default: the paper's number of updates, far fewer on a CPU)")
  var epochs: Int?

  @Option(help: "Updates, instead of epochs.")
  var steps: Int?

  @Option(help: "Images of a batch. (default: 64 on a CPU, 256 elsewhere)")
  var batchSize: Int?

  @Option(help: "Batches whose gradients make one update. (default: 1)")
  var accumulate: Int?

  @Option(help: "Peak learning rate. (default: 1.5e-3 for 2,048 images an update, in proportion)")
  var learningRate: Double?

  @Option(help: "Where every random draw comes from. (default: 0)")
  var seed: UInt64?

  @Option(help: "Where to compute: auto, cpu, cuda or mps. (default: auto)")
  var device: String?

  @Option(help: "Type of matrix products: float32 or bfloat16. (default: float32)")
  var precision: String?

  @Option(help: "Threads that decode images. (default: one a processor)")
  var workers: Int?

  @Option(help: ArgumentHelp("Settings as YAML; a run's config.yaml repeats that run.", valueName: "file"))
  var config: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any setting; can be given several times.", valueName: "key.path=value"))
  var assignments: [String] = []

  /// Lays the flags over settings.
  ///
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied(to base: PretrainConfig) throws -> PretrainConfig {
    var result = base
    if let config { result = try ConfigurationOverlay.applying(file: URL(fileURLWithPath: config), to: result) }
    for assignment in assignments + flags {
      result = try ConfigurationOverlay.applying(assignment: assignment, to: result)
    }
    // Absolute, so that the run can be resumed from anywhere.
    if !images.isEmpty { result.data.images = images.map { URL(fileURLWithPath: $0).standardizedFileURL.path } }
    return result
  }

  private var flags: [String] {
    func assignment(_ key: String, _ value: (some Any)?) -> String? { value.map { "\(key)=\($0)" } }
    return [
      assignment("method", method), assignment("model.architecture", model),
      assignment("model.imageSize", imageSize), assignment("model.patchSize", patchSize),
      assignment("tokenizer.kind", tokenizer), assignment("tokenizer.vocabulary", vocabulary),
      assignment("tokenizer.weights", dalleWeights.map { URL(fileURLWithPath: $0).standardizedFileURL.path }),
      assignment("training.epochs", epochs), assignment("training.steps", steps),
      assignment("training.batchSize", batchSize), assignment("training.accumulate", accumulate),
      assignment("training.learningRate", learningRate), assignment("seed", seed), assignment("device", device),
      assignment("training.precision", precision), assignment("data.workers", workers),
    ].compactMap { $0 }
  }
}
