import ArgumentParser
import Foundation
import Recipes
import SelfSupervision
import Training

struct PretrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pretrain", abstract: "Pretrain a vision transformer on unlabelled images.",
    discussion: """
      Prints its plan before it starts. Ctrl-C finishes the step, saves and exits with 75; --resume goes on from there.
      """)

  @OptionGroup var options: PretrainOptions

  @OptionGroup var folder: FolderOptions

  func run() throws {
    let processes = try Launch.join()
    let base = folder.isResuming ? try PretrainConfig.ofRun(in: folder.url) : PretrainConfig()
    let run = try options.run(base, goesOn: folder.isResuming, processes: processes)
    if folder.dryRun {
      Terminal.print("\(run.plan)")
      return
    }
    try RunExecution.run(processes) { stop, observer in
      try run.train(
        into: folder.url, resuming: folder.isResuming, allowingChange: folder.allowChange, stop: stop,
        tokenizerProgress: showVocabulary, observer: observer)
    }
    Terminal.say(
      "the encoder is \(folder.out)/encoder.safetensors; try: splitmask probe TRAIN TEST --from \(folder.out)")
  }

  private func showVocabulary(_ progress: PatchTokenizer.Progress) {
    switch progress {
    case .reading(let patches, let total):
      if Terminal.isInteractive { Terminal.show("visual words: \(patches) of \(total) patches read") }
    case .assigning(let iteration, let total, let patches, let all):
      if Terminal.isInteractive {
        Terminal.show("visual words: k-means \(iteration)/\(total), \(patches) of \(all) patches")
      }
    case .clustering(let iteration, let total, let distance, let empty):
      Terminal.clearLine()
      Terminal.say(
        "visual words: k-means \(iteration)/\(total), mean distance \(HumanReadable.number(distance)), \(empty) empty")
    }
  }
}
