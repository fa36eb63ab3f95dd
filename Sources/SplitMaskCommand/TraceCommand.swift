import ArgumentParser
import Foundation
import Training

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Write everything about one update, so that another program can repeat it.",
    usage: """
      splitmask trace <images> ... --out <step.safetensors>
          [<options>]
      """)

  @OptionGroup var options: PretrainOptions

  @Option(help: ArgumentHelp("The file to write.", valueName: "step.safetensors"))
  var out: String

  @OptionGroup var existing: OverwriteOptions

  func run() throws {
    try Launch.requireAlone("trace", instead: "start one")
    let run = try options.run(processes: .alone)
    let url = URL(fileURLWithPath: out)
    try existing.prepare(
      [url], reading: run.recipe.images, and: [options.run.details.config, options.words.dalleWeights])
    try run.trace(to: url)
    Terminal.say("one update of \(run.plan.batchSize) images: \(out)")
  }
}
