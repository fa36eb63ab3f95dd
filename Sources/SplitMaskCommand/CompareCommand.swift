import ArgumentParser
import Comparisons
import DurableFiles
import Foundation
import ImageData
import Runs
import SplitMaskCore
import Training
import TrainingCost

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Pretrain by several methods and seeds, judge all alike, and say which is worth it.",
    usage: """
      splitmask compare <train> <test> --out <folder>
          [<options>]
      """,
    discussion: """
      Every method pretrains on the training images and is judged on the test images by a linear probe, nearest \
      neighbours and fine-tuning. Run again on the same folder, it goes on where it was interrupted; run several times at once, the \
      processes share the work. Options of a run \
      (--epochs, --batch-size, --set …) are of every pretraining run; --finetune-set is of every fine-tuning.
      """)

  @Argument(help: "Training images, a folder a class.")
  var train: String

  @Argument(help: "Test images, a folder a class.")
  var test: String

  @Option(help: ArgumentHelp("The folder of the comparison.", valueName: "folder"))
  var out: String

  @Option(
    help: """
      What to compare, joined by commas: \(ComparedMethod.allCases.map(\.rawValue).joined(separator: ", ")). \
      (default: random,supervised,beit,dino,mae,splitmask)
      """)
  var methods: String?

  @Option(
    help: ArgumentHelp(
      "Encoders of others to compare with, as they are: runs, files or models' folders, each under a name.",
      valueName: "name=file,…"))
  var encoders: String?

  @Flag(name: .customLong("continue"), help: "Let each of --encoders also go on learning on the training images.")
  var continuesEncoders = false

  @Option(help: "Runs of each method.")
  var seeds = 3

  @Option(help: "Shares of the training labels to judge with, joined by commas: 1%, 10%, a number, or 100%.")
  var labels = "100%"

  @Option(help: "How to judge, joined by commas: probe, knn, finetune.")
  var evaluate = "probe,knn,finetune"

  @OptionGroup(title: "What") var shape: ModelOptions

  @Option(
    help: """
      How long every encoder may train: quick (5 min on two cores), trial (15 min), overnight (8 h) or paper. (default: \
      quick on a CPU, paper on a GPU)
      """)
  var preset: PretrainingPreset?

  @OptionGroup var options: RunOptions
  @OptionGroup(title: "Pixels") var pixels: PixelOptions

  @Option(
    help: ArgumentHelp("Any setting of fine-tuning; can be given several times.", valueName: "key.path=value"))
  var finetuneSet: [String] = []

  @Flag(help: "Let all test images be training images.")
  var allowOverlap = false

  @Flag(help: "Print the plan and stop.")
  var dryRun = false

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard options.details.config == nil else {
      throw ValidationError("compare takes settings by --set, not from a file.")
    }
  }

  func run() throws {
    try Launch.requireAlone(
      "compare", instead: "start it several times with the same --out, and the processes share the work")
    let (config, folder) = (try settings(), URL(fileURLWithPath: out))
    if dryRun {
      let comparison = try Comparison(config, in: folder, costs: CostStore(CacheFolder.costs), observer: { _ in })
      return try output.print(comparison.plan())
    }
    let plotly = try PlotLibrary.find().map { try String(contentsOf: $0, encoding: .utf8) }
    try RunExecution.run(.alone) { stop, observer in
      let comparison = try Comparison(config, in: folder, costs: CostStore(CacheFolder.costs), stop: stop) { event in
        TrialReporter.report(event, training: observer)
      }
      let outcome = try comparison.run { try $0.write(to: folder, plotly: plotly) }
      let report = try comparison.report()
      try report.write(to: folder, plotly: plotly)
      if output.json {
        Terminal.print(String(decoding: try report.json(), as: UTF8.self))
      } else {
        for (labels, rows) in report.summary {
          Terminal.print("\(labels)\n\(TextTable.text(rows, alignments: [.left]))")
        }
        for finding in report.findings { Terminal.print(prose: finding) }
      }
      return outcome
    }
    Terminal.say("the page is \(folder.appendingPathComponent("comparison.html").relativePath)")
    if plotly == nil {
      Terminal.say("it has no charts: plotly.js is missing. Run scripts/fetch-plotly.sh, then this command again")
    }
  }

  private func settings() throws -> ComparisonConfig {
    var config = ComparisonConfig()
    config.train = [RunOptions.absolute(train)]
    config.test = [RunOptions.absolute(test)]
    if let methods { config.methods = try parse(methods, "methods") }
    config.encoders = try RunOptions.encoders(encoders?.split(separator: ",").map(String.init) ?? [])
    config.continuesEncoders = continuesEncoders
    config.evaluations = try parse(evaluate, "evaluations")
    config.labels = try labels.split(separator: ",").map { try LabelAmount(String($0)) }
    config.seeds = seeds
    config.allowOverlap = allowOverlap
    config.preset = preset
    config.pretraining = (shape.flags + pixels.flags).compactMap(\.self) + options.all
    config.fineTuning = finetuneSet
    return config
  }

  private func parse<Choice: RawRepresentable & CaseIterable>(
    _ text: String, _ key: String
  ) throws -> [Choice] where Choice.RawValue == String {
    try text.split(separator: ",").map { name in
      let name = name.trimmingCharacters(in: .whitespaces)
      guard let choice = Choice(rawValue: name) else {
        let names = Choice.allCases.map(\.rawValue)
        let hint = nearest(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
        throw InvalidSetting(key, "'\(name)' is none of \(names.joined(separator: ", "))\(hint)")
      }
      return choice
    }
  }
}
