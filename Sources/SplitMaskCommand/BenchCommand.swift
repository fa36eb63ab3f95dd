import ArgumentParser
import Foundation
import Runs
import Speed

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast a pretraining run would be, and which batch and workers suit it.",
    usage: "splitmask bench <images> ... [<options>]",
    discussion: """
      Takes the options of pretrain. It times whole updates at several batch sizes, then the loader alone, and ends with \
      the options to copy. It writes no run folder.
      """)

  @OptionGroup var options: PretrainOptions

  @Option(help: "How long to measure, about; slow updates take longer.")
  var seconds = 30.0

  @OptionGroup var output: OutputOptions

  func run() throws {
    try Launch.requireAlone("bench", instead: "start one")
    let test = try SpeedTest(
      try options.applied(to: PretrainConfig()), explicit: try options.explicit, seconds: seconds,
      indexFolder: CacheFolder.tarIndexes)
    if !output.json { Terminal.print(prose: SpeedText.facts(test.facts)) }
    let report = try test.measure(progress: show)
    if output.json { try Terminal.print(json: report) } else { Terminal.print(SpeedText.results(report)) }
  }

  private func show(_ progress: SpeedTest.Progress) {
    let (what, done) =
      switch progress {
      case .updates(let batchSize, let done): ("batches of \(batchSize)", done)
      case .matrixRate: ("the matrix rate", 0)
      case .loading(let workers): ("the loader with \(workers) worker\(workers == 1 ? "" : "s")", 0)
      }
    if Terminal.isInteractive {
      Terminal.show("measuring \(what)" + (done == 0 ? "" : ", \(done) update\(done == 1 ? "" : "s") done"))
    } else if done == 0 {
      Terminal.say("measuring \(what)")
    }
  }
}
