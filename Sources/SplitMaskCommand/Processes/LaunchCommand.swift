import ArgumentParser
import Foundation
import SplitMaskCore
import Torch

struct LaunchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "launch", abstract: "Run a command in several processes of this machine that work together.",
    usage: """
      splitmask launch [--processes <processes>]
          -- <command> ...
      """,
    discussion: """
      Batches are shared out among the processes, and the result is the same. With GPUs, one process a GPU:

        splitmask launch --processes 4 -- pretrain photos/ --out runs/first

      Across machines, use torchrun, srun or mpirun, whose environment is understood. Ctrl-C asks all to save and end. \
      When one process fails, the others are ended and its message is shown.
      """)

  @Option(help: "How many processes. (default: one a GPU)")
  var processes: Int?

  @Argument(parsing: .postTerminator, help: ArgumentHelp("What to run: pretrain, finetune, …", valueName: "command"))
  var command: [String] = []

  func run() throws {
    let count = processes ?? max(1, Device.cudaCount)
    guard count >= 1 else { throw InvalidSetting("processes", "must be at least 1, not \(count)") }
    guard !command.isEmpty else {
      throw ValidationError(
        "Name the command after --, as in: splitmask launch --processes 2 -- pretrain photos --out run")
    }
    guard let port = Rendezvous.freePort() else {
      throw ProcessGroupError.failed(reason: "this machine has no free port")
    }
    let status = try WorkerSet(count: count, arguments: command, port: port).run()
    if status != 0 { throw ExitCode(status) }
  }
}
