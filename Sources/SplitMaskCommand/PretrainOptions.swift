import ArgumentParser
import Foundation
import Recipes

/// The settings of a pretraining run as flags.
struct PretrainOptions: ParsableArguments {
  @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
  var images: [String] = []

  /// What is learned.
  struct Subject: ParsableArguments {
    @Option(
      help: "How to learn: \(PretrainingMethod.allCases.map(\.rawValue).joined(separator: ", ")). (default: splitmask)")
    var method: String?
  }

  /// The visual words.
  struct Words: ParsableArguments {
    @Option(help: "Visual words: random-projection, random-patches, k-means or dall-e. (default: random-projection)")
    var tokenizer: String?

    @Option(
      name: .customLong("dall-e-weights"),
      help: ArgumentHelp("DALL-E's encoder as scripts/convert_dalle.py writes it, for its words.", valueName: "file"))
    var dalleWeights: String?

    @Option(help: "Number of visual words. (default: 8192)")
    var vocabulary: Int?
  }

  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup(title: "What") var shape: ModelOptions
  @OptionGroup var run: RunOptions
  @OptionGroup(title: "Advanced") var words: Words

  /// Lays the flags over settings.
  ///
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied(to base: PretrainConfig) throws -> PretrainConfig {
    let method = try run.applied(flags, to: base).method
    // A method's published settings lie beneath everything that is said here.
    var result = try run.applied(flags, to: method == base.method ? base : PretrainConfig(method: method))
    if !images.isEmpty { result.data.images = images.map(RunOptions.absolute) }
    return result
  }

  private var flags: [String?] {
    [
      RunOptions.assignment("method", subject.method), RunOptions.assignment("tokenizer.kind", words.tokenizer),
      RunOptions.assignment("tokenizer.vocabulary", words.vocabulary),
      RunOptions.assignment("tokenizer.weights", words.dalleWeights.map(RunOptions.absolute)),
    ] + shape.flags
  }
}
