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
  /// Settings of every pretraining run, as `key.path=value`, over the recipe's.
  public var pretraining: [String] = []
  /// Settings of every fine-tuning run, as `key.path=value`, over the recipe's.
  public var fineTuning: [String] = []

  /// No recipe yet.
  public init() {}

  /// More seeds and rows that were left out are made in the same folder: what is there stays as it is.
  public static let keysChangeableOnResume: Set<String> = ["seeds", "dalleWeights"]

  /// - Throws: `InvalidSetting`.
  public func validate() throws {
    guard seeds >= 1 else { throw InvalidSetting("seeds", "must be at least 1, not \(seeds)") }
  }
}
