import ArgumentParser
import Foundation
import Recipes

/// The settings that every kind of run has as flags; each is short for a `--set key.path=value`.
struct RunOptions: ParsableArguments {
  @Option(help: "Passes over the images. (default: the paper's, far fewer on a CPU)")
  var epochs: Int?

  @Option(help: "Updates, instead of epochs.")
  var steps: Int?

  @Option(help: "Images of a batch. (default: what fits the task and the device)")
  var batchSize: Int?

  @Option(help: "Batches whose gradients make one update. (default: 1)")
  var accumulate: Int?

  @Option(help: "Peak learning rate. (default: the method's, in proportion to the images of an update)")
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

  /// Lays file, assignments and flags over settings, in this order.
  ///
  /// - Parameter flags: a command's own, as assignments.
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied<Configuration: RunConfiguration>(
    _ flags: [String?], to base: Configuration
  ) throws -> Configuration {
    var result = base
    if let config { result = try ConfigurationOverlay.applying(file: URL(fileURLWithPath: config), to: result) }
    return try ConfigurationOverlay.applying(
      assignments: assignments + flags.compactMap(\.self) + named, to: result)
  }

  /// The settings that file, assignments and flags say.
  ///
  /// - Parameter flags: a command's own, as assignments.
  func keys(_ flags: [String?]) throws -> Set<String> {
    try ConfigurationOverlay.keys(
      file: config.map { URL(fileURLWithPath: $0) }, assignments: all + flags.compactMap(\.self))
  }

  /// All but the file, as assignments; the last of equals counts.
  var all: [String] { assignments + named }

  private var named: [String] {
    [
      RunOptions.assignment("training.epochs", epochs), RunOptions.assignment("training.steps", steps),
      RunOptions.assignment("training.batchSize", batchSize), RunOptions.assignment("training.accumulate", accumulate),
      RunOptions.assignment("training.learningRate", learningRate), RunOptions.assignment("seed", seed),
      RunOptions.assignment("device", device), RunOptions.assignment("training.precision", precision),
      RunOptions.assignment("data.workers", workers),
    ].compactMap(\.self)
  }

  /// A flag as an assignment; nil where it was not given.
  static func assignment(_ key: String, _ value: (some Any)?) -> String? { value.map { "\(key)=\($0)" } }

  /// Absolute, so that a run can be resumed from anywhere.
  static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
}
