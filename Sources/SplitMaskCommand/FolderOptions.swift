import ArgumentParser
import Foundation

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
}
