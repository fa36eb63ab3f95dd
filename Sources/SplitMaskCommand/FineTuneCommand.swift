import ArgumentParser
import Classification
import Evaluation
import Foundation
import Runs
import Training
import TrainingCost

struct FineTuneCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune", abstract: "Train an encoder and a head on labelled images.",
    usage: """
      splitmask finetune <train> [<test>]
          --from <run|file|random> --out <run> [<options>]
      splitmask finetune --out <run> --resume
      """,
    discussion: """
      The head starts near zero, the encoder from --from; 'random' trains from scratch. Test images are judged after \
      every epoch; the best and the last classifier are kept. Ctrl-C saves and exits with 75; --resume goes on.
      """)

  @Argument(help: "Training images, a folder a class. (not with --resume)")
  var train: String?

  @Argument(help: "Test images, a folder a class.")
  var test: String?

  @OptionGroup(title: "What") var start: StartOptions

  @Option(help: ArgumentHelp("For random: the run or file whose architecture to take.", valueName: "run|file"))
  var like: String?

  @Option(help: "Training images to use: 1%, 10% or a number, the same share of every class. (default: all)")
  var labels: String?

  @Flag(help: "Let all test images be training images.")
  var allowOverlap = false

  @OptionGroup(title: "What") var shape: ModelOptions
  @OptionGroup var options: RunOptions
  @OptionGroup(title: "Pixels") var pixels: PixelOptions
  @OptionGroup(title: "Where") var folder: FolderOptions

  func run() throws {
    let processes = try Launch.join()
    try folder.takeUp(.finetune)
    let run = try FineTuningRun(
      try settings(), costs: CostStore(CacheFolder.costs), processes: processes)
    guard try folder.run(run, processes: processes) else { return }
    if let report = run.report {
      if folder.output.json { try Terminal.print(json: report) } else { Terminal.print("\(report)") }
    } else if folder.output.json, let summary = RunSummary(of: folder.url) {
      try Terminal.print(json: summary)
    }
    RunClosing.sayNextSteps(classifierOf: folder.url.relativePath)
  }

  private func settings() throws -> FineTuneConfig {
    try start.check(train, missing: "Name the training images.", resuming: folder.isResuming)
    var flags =
      shape.flags + start.flags + pixels.flags + [RunOptions.assignment("data.labels", labels.map { "'\($0)'" })]
    flags.append(RunOptions.assignment("imageSize", shape.imageSize))
    var config = try options.applied(
      flags, to: folder.isResuming ? FineTuneConfig.ofRun(in: folder.url) : FineTuneConfig())
    if let train { config.data.train = [RunOptions.absolute(train)] }
    if let test { config.data.test = [RunOptions.absolute(test)] }
    if allowOverlap { config.data.allowOverlap = true }
    if let encoder = start.encoder { config.encoder = encoder }
    // The image size is what an encoder can be brought to.
    try StartOptions.checkShape(
      shape.architectureFlags + start.flags + options.all, like: like, encoder: config.encoder, model: config.model)
    if let like,
      case .random(let shape, _) = try EncoderSource(named: EncoderSource.randomName, like: like, heads: start.heads)
    {
      config.model = shape
    }
    return config
  }
}
