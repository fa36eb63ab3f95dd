import ArgumentParser
import Classification
import Foundation
import Recipes
import Training

struct FineTuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune", abstract: "Train an encoder and a head on labelled images.",
    discussion: """
      The head starts near zero, the encoder from --from; 'random' trains from scratch. Test images are judged after \
      every epoch; the best and the last classifier are kept. Ctrl-C saves and exits with 75; --resume goes on.
      """)

  @Argument(help: "Training images, a folder a class. (not with --resume)")
  var train: String?

  @Argument(help: "Test images, a folder a class.")
  var test: String?

  @Option(
    help: ArgumentHelp("A run folder, an encoder file (ours or timm's), or 'random'.", valueName: "run|file|random"))
  var from: String?

  @Option(help: ArgumentHelp("The run folder.", valueName: "run"))
  var out: String

  @Option(help: "Training images to use: 1%, 10% or a number, the same share of every class. (default: all)")
  var labels: String?

  @OptionGroup var shape: ModelOptions
  @OptionGroup var options: RunOptions

  @Flag(help: "Go on with the run in the folder, with its own settings.")
  var resume = false

  @Flag(help: "Let --resume go on with other settings.")
  var allowChange = false

  @Flag(help: "Print the plan and stop.")
  var dryRun = false

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    let folder = URL(fileURLWithPath: out)
    let run = try FineTuningRun(try settings(folder))
    if dryRun {
      Terminal.print("\(run.plan)")
      return
    }
    try RunExecution.run { stop, observer in
      try run.train(into: folder, resuming: resume, allowingChange: allowChange, stop: stop, observer: observer)
    }
    if let report = run.report {
      if json { try Terminal.print(json: report) } else { Terminal.print("\(report)") }
    }
    Terminal.say("the classifier is \(RunFolder(at: folder).classifier.relativePath)")
  }

  private func settings(_ folder: URL) throws -> FineTuneConfig {
    guard resume || from != nil else { throw ValidationError("Say --from RUN, FILE or random.") }
    guard resume || train != nil else { throw ValidationError("Name the training images.") }
    var flags = shape.flags + [RunOptions.assignment("data.labels", labels.map { "'\($0)'" })]
    flags.append(RunOptions.assignment("imageSize", shape.imageSize))
    var config = try options.applied(flags, to: resume ? FineTuneConfig.ofRun(in: folder) : FineTuneConfig())
    if let train { config.data.train = [RunOptions.absolute(train)] }
    if let test { config.data.test = [RunOptions.absolute(test)] }
    if let from { config.encoder = from == "random" ? from : RunOptions.absolute(from) }
    return config
  }
}
