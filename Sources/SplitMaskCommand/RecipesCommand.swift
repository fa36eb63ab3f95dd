import ArgumentParser
import Experiments
import Foundation
import SplitMaskCore
import Training

struct RecipesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recipes", abstract: "Run the paper's experiments, at three scales.",
    discussion: """
      Every experiment of the paper is a recipe. 'show' says what it asks, costs and should give; 'run' \
      makes its table beside the published one.
      """,
    subcommands: [List.self, Show.self, Run.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Name every recipe with its subject.")

    @OptionGroup var output: OutputOptions

    func run() throws {
      let recipes = ExperimentRecipe.all
      if output.json {
        try Terminal.print(json: Dictionary(uniqueKeysWithValues: recipes.map { ($0.name, $0.title) }))
      } else {
        let width = recipes.map(\.name.count).max() ?? 0
        for recipe in recipes {
          Terminal.print(recipe.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + recipe.title)
        }
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Say what a recipe asks, costs, and should give by the paper.",
      usage: "splitmask recipes show <name> [<options>]")

    @Argument(help: "The recipe; see 'splitmask recipes list'.")
    var name: String

    @Option(help: "debug, small or paper.")
    var scale = "small"

    @OptionGroup var output: OutputOptions

    func run() throws {
      let (recipe, scale) = (try ExperimentRecipe.named(name), try RecipesCommand.scale(named: scale))
      if output.json { return try Terminal.print(json: recipe.facts(scale: scale)) }
      Terminal.print(recipe.header(scale: scale))
    }
  }

  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a recipe's table.",
      usage: """
        splitmask recipes run <name>
            --scale <scale> --out <folder> [<options>]
        """,
      discussion: """
        Run again on the same folder, it goes on where it was interrupted; run several times at once, the processes share \
        the work. results.md and results.json are written anew \
        after every encoder.
        """)

    @Argument(help: "The recipe; see 'splitmask recipes list'.")
    var name: String

    @Option(help: "debug (seconds, to see that it works), small (hours) or paper (the published settings).")
    var scale: String

    @Option(help: ArgumentHelp("The folder of the experiment.", valueName: "folder"))
    var out: String

    @Option(help: "Runs of each encoder.")
    var seeds = 1

    @Option(help: ArgumentHelp("A folder with a folder for every data set, such as imagenet/.", valueName: "folder"))
    var dataRoot: String?

    @Option(
      help: ArgumentHelp(
        "Where a part of a data set is otherwise, such as inat19.train=train2019.json; can be given several times.",
        valueName: "name.part=path"))
    var data: [String] = []

    @Option(
      name: .customLong("dall-e-weights"),
      help: ArgumentHelp("DALL-E's encoder as scripts/convert_dalle.py writes it, for its words.", valueName: "file"))
    var dalleWeights: String?

    @Option(
      name: .customLong("encoder"),
      help: ArgumentHelp(
        "Weights for a row that is about them, such as deit=deit.safetensors; can be given several times.",
        valueName: "name=file"))
    var encoders: [String] = []

    @Option(
      name: .customLong("set"),
      help: ArgumentHelp("Any setting of pretraining; can be given several times.", valueName: "key.path=value"))
    var assignments: [String] = []

    @Option(
      help: ArgumentHelp("Any setting of fine-tuning; can be given several times.", valueName: "key.path=value"))
    var finetuneSet: [String] = []

    @Flag(help: "Print what would be done, and stop.")
    var dryRun = false

    @OptionGroup var output: OutputOptions

    func run() throws {
      let (config, folder) = (try settings(), URL(fileURLWithPath: out))
      if dryRun {
        return try TrialReporter.print(plan: Experiment(config, in: folder, observer: { _ in }).plan(), output)
      }
      try Launch.requireAlone(
        "recipes run", instead: "start it several times with the same --out, and the processes share the work")
      try RunExecution.run(.alone) { stop, observer in
        let experiment = try Experiment(config, in: folder, stop: stop) { event in
          TrialReporter.report(event, training: observer)
        }
        let outcome = try experiment.run()
        let report = try experiment.report()
        Terminal.print(output.json ? String(decoding: try report.json(), as: UTF8.self) : report.markdown)
        return outcome
      }
    }

    private func settings() throws -> ExperimentConfig {
      var config = ExperimentConfig()
      (config.recipe, config.scale) = (name, try RecipesCommand.scale(named: scale))
      config.seeds = seeds
      config.dataRoot = dataRoot.map(RunOptions.absolute)
      config.data = data.map { assignment in
        let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
        return parts.count == 2 ? "\(parts[0])=\(RunOptions.absolute(parts[1]))" : assignment
      }
      config.dalleWeights = dalleWeights.map(RunOptions.absolute)
      config.encoders = try RunOptions.encoders(encoders)
      (config.pretraining, config.fineTuning) = (assignments, finetuneSet)
      return config
    }
  }

  /// The scale of a name.
  ///
  /// - Throws: `InvalidSetting` with the nearest.
  fileprivate static func scale(named name: String) throws -> ExperimentScale {
    if let scale = ExperimentScale(rawValue: name) { return scale }
    let names = ExperimentScale.allCases.map(\.rawValue)
    let meant = nearest(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
    throw InvalidSetting("scale", "'\(name)' is none of \(names.joined(separator: ", "))\(meant)")
  }
}
