import ArgumentParser
import Foundation
import Recipes
import Training

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Write everything about one update, so that another program can repeat it.",
    usage: "splitmask trace <images> ... --out <step.safetensors> [<options>]")

  @OptionGroup var options: PretrainOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "step.safetensors"))
  var out: String

  func run() throws {
    try Launch.requireAlone("trace", instead: "start one")
    let run = try PretrainingRun(try options.applied(to: PretrainConfig()), indexFolder: CacheFolder.tarIndexes)
    try run.trace(to: URL(fileURLWithPath: out))
    Terminal.say("one update of \(run.plan.batchSize) images: \(out)")
  }
}
