import ArgumentParser
import Foundation
import ImageData
import Runs
import SplitMaskCore
import Torch
import Training

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

  @OptionGroup var output: OutputOptions

  /// Whether to go on: because it was asked for, or because a launcher has started this process again. Where the run
  /// cannot be seen, as on another machine than the first process's, it is begun, and goes on with what that one sends.
  var isResuming: Bool {
    Launch.isFirst && resume || (resume || Launch.isRestart) && hasRun
  }

  /// The run folder.
  var url: URL { URL(fileURLWithPath: out) }

  /// Looks at the folder before any work: that a run can begin there, or that the one to go on with is one of this
  /// command's, and then says how far it is.
  ///
  /// - Throws: `RunFolderError`; `InvalidSetting` that names the other command.
  func takeUp(_ kind: RunSummary.Kind) throws {
    guard Launch.isFirst else { return }
    try RunFolder.check(url, resuming: isResuming)
    guard isResuming, let run = RunSummary(of: url) else { return }
    guard run.kind == kind else {
      throw InvalidSetting(
        "resume", "\(out) holds a run of 'splitmask \(run.kind.command)'; go on with it by that command")
    }
    let total = run.totalSteps.map { " of \($0)" } ?? ""
    Terminal.say(
      run.state == .complete ? "\(out) was complete at step \(run.steps)" : "going on after step \(run.steps)\(total)")
  }

  private var hasRun: Bool { (try? RunFolder.existing(at: url)) != nil }

  /// Prints the plan where no more is wanted, unless the run would be refused; else trains.
  ///
  /// - Returns: whether it trained.
  /// - Throws: ``ChangedSettings``, what training throws; the exit code of an interrupted run.
  func run(_ run: TrainingRun<some TrainingRecipe>, processes: ProcessGroup) throws -> Bool {
    if !isResuming { try run.recipe.images.checkApart(from: url, markedBelow: true) }
    guard !dryRun else {
      if isResuming, !allowChange { try run.checkUnchanged(since: url) }
      try output.print(run.plan)
      return false
    }
    try RunExecution.run(processes) { stop, observer in
      try run.train(
        RunRequest(url, resuming: isResuming, allowingChange: allowChange, stop: stop), observer: observer)
    }
    RunClosing.sayReading(of: url)
    return true
  }
}

extension RunSummary.Kind {
  /// The subcommand that makes such runs.
  fileprivate var command: String {
    switch self {
    case .pretrain, .finetune: rawValue
    case .detect, .segment: "\(rawValue) train"
    }
  }
}
