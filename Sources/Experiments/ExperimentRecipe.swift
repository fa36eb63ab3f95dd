import SplitMaskCore

/// An experiment of the paper as data: what is asked, what was published, and which encoders answer it.
public struct ExperimentRecipe: Sendable {
  /// The name to ask for it by.
  public let name: String
  /// The paper's table or figure, and its subject.
  public let title: String
  /// What the experiment asks, in a sentence or two.
  public let question: String
  /// The paper's numbers.
  public let published: PublishedTable
  /// What the numbers are.
  let legend: String
  /// What to know about how it is repeated here.
  var notes: [String] = []
  /// Rows or columns that are shown as published and not measured, with the reason.
  var publishedOnly: [String: String] = [:]
  /// The encoders, in the order of their making.
  let encoders: @Sendable (ExperimentScale) -> [PlannedEncoder]

  /// Every experiment, in the paper's order.
  public static let all: [ExperimentRecipe] = [
    table1, table2, table3, table4, table5, table6, table7, table8, figureSamples, figureEpochs, figureLonger,
    robustness,
  ]

  /// The experiment of a name.
  ///
  /// - Throws: `InvalidSetting` with the nearest name.
  public static func named(_ name: String) throws -> ExperimentRecipe {
    if let found = all.first(where: { $0.name == name }) { return found }
    let names = all.map(\.name)
    let meant = nearest(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
    throw InvalidSetting("recipe", "'\(name)' is none of \(names.joined(separator: ", "))\(meant)")
  }

  /// What a recipe says of rows that need DALL-E's words.
  static let dalleNote =
    "BEiT on ImageNet has DALL-E's words in this table of the paper, so it needs --dall-e-weights at that scale."

  /// What a recipe says of rows whose encoders others have trained.
  static func givenNote(_ names: String) -> String {
    "--encoder NAME=FILE takes released weights of ImageNet as they are, instead of making them; the names are \(names)."
  }

  /// The names under which encoders may be given.
  var givenNames: [String] { encoders(.paper).compactMap(\.givenName) }

  /// Why an encoder cannot be made; nil where it can.
  func obstacle(to encoder: PlannedEncoder, scale: ExperimentScale, hasDalle: Bool) -> String? {
    if let obstacle = encoder.obstacle {
      return obstacle + (encoder.givenName.map { "; --encoder \($0)=FILE takes it from a file" } ?? "")
    }
    if encoder.method != nil, scale.standIn(for: encoder.source) == nil {
      return ExperimentRecipe.missing(encoder.source, at: scale)
    }
    if encoder.needsDalle(at: scale), !hasDalle { return "needs --dall-e-weights" }
    return nil
  }

  /// What is said of a data set that nothing stands for.
  static func missing(_ dataset: ExperimentDataset, at scale: ExperimentScale) -> String {
    "nothing stands for \(dataset.title) at the scale \(scale.rawValue)"
  }
}
