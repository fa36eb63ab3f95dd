import ArgumentParser
import Foundation
import Runs
import Training

struct PretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain", abstract: "Pretrain a vision transformer on unlabelled images.",
    usage: """
      splitmask pretrain <images> ... --out <run>
          [<options>]
      splitmask pretrain --out <run> --resume
      """,
    discussion: """
      Prints its plan before it starts. Ctrl-C finishes the step, saves and exits with 75; --resume goes on from there.
      """)

  @OptionGroup var options: PretrainOptions

  @OptionGroup(title: "Where") var folder: FolderOptions

  func run() throws {
    let processes = try Launch.join()
    try folder.takeUp(.pretrain)
    let base = folder.isResuming ? try PretrainConfig.ofRun(in: folder.url) : PretrainConfig()
    let run = try options.run(base, goesOn: folder.isResuming, processes: processes)
    guard try folder.run(run, processes: processes) else { return }
    if folder.output.json, let summary = RunSummary(of: folder.url) { try Terminal.print(json: summary) }
    if let check = try run.continuationCheck(in: folder.url) { Terminal.say(check.sentence) }
    RunClosing.sayNextSteps(
      run: folder.out, images: options.images.isEmpty ? run.config.data.images : options.images,
      areLabelled: run.recipe.images.classNames.count > 1, tiles: run.config.data.tiles)
  }
}
