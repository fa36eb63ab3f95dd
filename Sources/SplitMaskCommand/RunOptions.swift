import ArgumentParser
import Comparisons
import Foundation
import Settings

/// The settings that every kind of run has as flags; each is short for a `--set key.path=value`.
struct RunOptions: ParsableArguments {
  /// How long a run is.
  struct Length: ParsableArguments {
    @Option(help: "Passes over the images. (default: the paper's, far fewer on a CPU)")
    var epochs: Int?

    @Option(help: "Updates, instead of epochs.")
    var steps: Int?

    func validate() throws {
      guard epochs == nil || steps == nil else {
        throw ValidationError("--epochs and --steps both say how long the run is: give one of them.")
      }
    }
  }

  /// Where it computes.
  struct Place: ParsableArguments {
    @Option(help: "Where to compute: auto, cpu, cuda or mps. (default: auto)")
    var device: String?
  }

  /// What most runs leave as it is.
  struct Details: ParsableArguments {
    @Option(help: "Images of a batch. (default: what fits the task and the device)")
    var batchSize: Int?

    @Option(help: "Batches whose gradients make one update. (default: 1)")
    var accumulate: Int?

    @Option(help: "Peak learning rate. (default: the preset's, or the method's in proportion to an update's images)")
    var learningRate: Double?

    @Option(help: "Where every random draw comes from. (default: 0)")
    var seed: UInt64?

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
  }

  @OptionGroup(title: "How long") var length: Length
  @OptionGroup(title: "Where") var place: Place
  @OptionGroup(title: "Advanced") var details: Details

  /// Lays file, assignments and flags over settings, in this order.
  ///
  /// - Parameter flags: a command's own, as assignments.
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied<Configuration: RunConfiguration>(
    _ flags: [String?], to base: Configuration
  ) throws -> Configuration {
    var result = base
    if let config = details.config {
      result = try ConfigurationOverlay.applying(file: URL(fileURLWithPath: config), to: result)
    }
    return try ConfigurationOverlay.applying(
      assignments: details.assignments + flags.compactMap(\.self) + named, to: result)
  }

  /// The settings that file, assignments and flags say.
  ///
  /// - Parameter flags: a command's own, as assignments.
  func keys(_ flags: [String?]) throws -> Set<String> {
    try ConfigurationOverlay.keys(
      file: details.config.map { URL(fileURLWithPath: $0) }, assignments: all + flags.compactMap(\.self))
  }

  /// All but the file, as assignments; the last of equals counts.
  var all: [String] { details.assignments + named }

  private var named: [String] {
    [
      RunOptions.assignment("training.epochs", length.epochs), RunOptions.assignment("training.steps", length.steps),
      RunOptions.assignment("training.batchSize", details.batchSize),
      RunOptions.assignment("training.accumulate", details.accumulate),
      RunOptions.assignment("training.learningRate", details.learningRate),
      RunOptions.assignment("seed", details.seed), RunOptions.assignment("device", place.device),
      RunOptions.assignment("training.precision", details.precision),
      RunOptions.assignment("data.workers", details.workers),
    ].compactMap(\.self)
  }

  /// A flag as an assignment; nil where it was not given.
  static func assignment(_ key: String, _ value: (some Any)?) -> String? { value.map { "\(key)=\($0)" } }

  /// Absolute, so that a run can be resumed from anywhere.
  static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

  /// Encoders of others, from `name=file`.
  static func encoders(_ arguments: [String]) throws -> [ComparedEncoder] {
    try arguments.map { argument in
      var encoder = try ComparedEncoder(argument: argument)
      encoder.path = absolute(encoder.path)
      return encoder
    }
  }
}
