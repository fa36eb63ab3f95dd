import ArgumentParser
import Foundation
import Recipes

/// Where a run is kept, and whether it begins there or goes on.
struct FolderOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The run folder.", valueName: "run"))
  var out: String

  @Flag(help: "Go on with the run in the folder, with its own settings.")
  var resume = false

  @Flag(help: "Let --resume go on with other settings.")
  var allowChange = false

  @Flag(help: "Print the plan and stop.")
  var dryRun = false

  /// The run folder.
  var url: URL { URL(fileURLWithPath: out) }

  /// Prints the plan where no more is wanted, else trains.
  ///
  /// - Returns: whether it trained.
  /// - Throws: what training throws; the exit code of an interrupted run.
  func run(_ run: some SupervisedRun) throws -> Bool {
    if dryRun {
      Terminal.print("\(run.plan)")
      return false
    }
    try RunExecution.run { stop, observer in
      try run.train(into: url, resuming: resume, allowingChange: allowChange, stop: stop, observer: observer)
    }
    return true
  }
}
