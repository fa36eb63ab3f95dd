public import Comparisons
public import Settings
import SplitMaskCore

/// Everything that decides an experiment.
public struct ExperimentConfig: RunConfiguration, Hashable {
  /// The recipe's name.
  public var recipe = ""
  /// How large it is.
  public var scale = ExperimentScale.small
  /// Runs of each encoder; their seeds are 0, 1, ….
  public var seeds = 1
  /// The folder with a folder for every data set.
  public var dataRoot: String?
  /// Where data sets are otherwise, as `NAME.train=PATH` and `NAME.test=PATH`.
  public var data: [String] = []
  /// DALL-E's encoder, for what needs its words.
  public var dalleWeights: String?
  /// Encoders that others have trained, for the rows that are about them.
  public var encoders: [ComparedEncoder] = []
  /// Settings of every pretraining run, as `key.path=value`, over the recipe's.
  public var pretraining: [String] = []
  /// Settings of every fine-tuning run, as `key.path=value`, over the recipe's.
  public var fineTuning: [String] = []

  /// No recipe yet.
  public init() {}

  /// More seeds and rows that were left out are made in the same folder: what is there stays as it is.
  public static let keysChangeableOnResume: Set<String> = ["seeds", "dalleWeights", "encoders"]

  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    guard seeds >= 1 else { throw InvalidSetting("seeds", "must be at least 1, not \(seeds)") }
    guard Set(encoders.map(\.name)).count == encoders.count else {
      throw InvalidSetting("encoders", "each name can be used once")
    }
  }
}

extension ExperimentConfig {
  /// The encoder that somebody gives for one that a recipe plans; nil where it is made.
  func given(_ encoder: PlannedEncoder) -> ComparedEncoder? {
    encoders.first { $0.name == encoder.givenName }
  }

  /// Checks that a recipe has rows for the encoders that are given, and notes what their files hold.
  ///
  /// - Throws: `InvalidSetting`; what reading the files throws.
  mutating func settleEncoders(of recipe: ExperimentRecipe) throws {
    let names = recipe.givenNames
    for index in encoders.indices {
      guard names.contains(encoders[index].name) else {
        throw InvalidSetting(
          "encoders",
          names.isEmpty
            ? "\(recipe.name) has no row for an encoder of others"
            : "'\(encoders[index].name)' is none of \(names.joined(separator: ", ")), the rows of \(recipe.name)")
      }
      try encoders[index].settle()
    }
  }
}
