public import ArgumentParser
import Foundation
public import Runs
import Torch
import TrainingCost

extension PretrainingPreset: ExpressibleByArgument {}

/// The settings of a pretraining run as flags.
struct PretrainOptions: ParsableArguments {
  @Argument(help: "Folders, lists of paths (.txt) or tar shards of images.")
  var images: [String] = []

  /// What is learned.
  struct Subject: ParsableArguments {
    @Option(
      help: "How to learn: \(PretrainingMethod.allCases.map(\.rawValue).joined(separator: ", ")). (default: splitmask)")
    var method: String?

    @Option(
      help: ArgumentHelp(
        "Go on from the encoder of a run or file (SplitMask's, timm's, Hugging Face's, PyTorch's .pth). (default: fresh weights)",
        valueName: "run|file"))
    var from: String?

    @Option(help: "Attention heads of an encoder file that does not tell. (default: of the family it looks like)")
    var heads: Int?
  }

  /// How long it takes.
  struct Length: ParsableArguments {
    @Option(
      help: """
        How long it may take: quick (5 min on two cores), trial (15 min), overnight (8 h) or paper (the published length). \
        Chooses encoder, sizes and rates that are not given. (default: trial on a CPU, paper on a GPU)
        """)
    var preset: PretrainingPreset?
  }

  /// The visual words.
  struct Words: ParsableArguments {
    @Option(help: "Visual words: random-projection, random-patches, k-means or dall-e. (default: random-projection)")
    var tokenizer: String?

    @Option(
      name: .customLong("dall-e-weights"),
      help: ArgumentHelp("DALL-E's encoder as scripts/convert_dalle.py writes it, for its words.", valueName: "file"))
    var dalleWeights: String?

    @Option(help: "Number of visual words. (default: of the preset; of paper 8192)")
    var vocabulary: Int?
  }

  @OptionGroup(title: "What") var subject: Subject
  @OptionGroup(title: "What") var shape: ModelOptions
  @OptionGroup(title: "How long") var length: Length
  @OptionGroup var run: RunOptions
  @OptionGroup(title: "Advanced") var words: Words
  @OptionGroup(title: "Pixels") var pixels: PixelOptions
  @OptionGroup(title: "Pixels") var tiles: TileOptions

  /// Lays the flags over settings.
  ///
  /// - Throws: `InvalidSetting` and `ConfigurationSyntaxError`, naming the flag's key.
  func applied(to base: PretrainConfig) throws -> PretrainConfig {
    let method = try run.applied(flags, to: base).method
    // A method's published settings lie beneath everything that is said here.
    var result = try run.applied(flags, to: method == base.method ? base : PretrainConfig(method: method))
    try result.checkEffect(of: flags.compactMap(\.self) + run.all)
    if let tiling = try tiles.tiling { result.data.tiles = tiling }
    if !images.isEmpty { result.data.images = images.map(RunOptions.absolute) }
    return result
  }

  /// A run of the options, fitted to the images where they leave that open.
  ///
  /// - Parameter base: settings beneath them; of a run that goes on, those that it has.
  /// - Throws: as ``PretrainingRun``.
  func run(
    _ base: PretrainConfig = PretrainConfig(), goesOn: Bool = false, processes: ProcessGroup
  ) throws -> PretrainingRun {
    let config = try applied(to: base)
    if let encoder = config.encoder, !goesOn {
      try StartOptions.checkShape([shape.modelFlag] + run.all, encoder: encoder, model: config.model)
    }
    return try PretrainingRun(
      fitting: config, explicit: goesOn ? nil : try explicit, indexFolder: CacheFolder.tarIndexes,
      costs: CostStore(CacheFolder.costs), processes: processes)
  }

  /// The settings that somebody has said.
  var explicit: Set<String> { get throws { try run.keys(flags) } }

  private var flags: [String?] {
    [
      RunOptions.assignment("preset", length.preset?.rawValue),
      RunOptions.assignment("method", subject.method),
      RunOptions.assignment("encoder", subject.from.map(RunOptions.absolute)),
      RunOptions.assignment("model.headCount", subject.heads), RunOptions.assignment("tokenizer.kind", words.tokenizer),
      RunOptions.assignment("tokenizer.vocabulary", words.vocabulary),
      RunOptions.assignment("tokenizer.weights", words.dalleWeights.map(RunOptions.absolute)),
    ] + (subject.from == nil ? shape.flags : shape.flagsOfEncoder) + pixels.flags
  }
}
