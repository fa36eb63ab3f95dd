import ArgumentParser
import Runs
import SplitMaskCore
import Torch

@main
struct SplitMaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "splitmask",
    abstract: "Self-supervised pretraining of vision transformers on your own images.",
    discussion: """
      Pretrain on a folder of images, then see what the encoder has learnt:

        splitmask pretrain photos/ --out runs/first
        splitmask probe photos/train photos/test --from runs/first
        splitmask embed photos/ --from runs/first --out features.safetensors
      """,
    version: Version.current,
    subcommands: [
      PretrainCommand.self, FineTuneCommand.self, CompareCommand.self, ProbeCommand.self, NearestNeighborsCommand.self,
      PredictCommand.self, DetectCommand.self, SegmentCommand.self, EmbedCommand.self, ExportCommand.self,
      RunsCommand.self, TraceCommand.self, BenchCommand.self,
      RecipesCommand.self,
      LaunchCommand.self, DataCommand.self, DoctorCommand.self, ManualCommand.self,
    ])

  /// Runs the command; every error ends here, as a message and an exit code.
  static func main() {
    Engine.keepFreedMemory()
    Engine.outOfMemory = MemoryFailure.leave
    do {
      try ArgumentBytes.check(CommandLine.unsafeArgv, count: Int(CommandLine.argc))
      try CommandNames.check(Array(CommandLine.arguments.dropFirst()), of: Self.self)
      var command = try parseAsRoot()
      let reporter = WorkReporter()
      try WorkProgress.observed(by: reporter.show) { try command.run() }
      Terminal.clearLine()
    } catch {
      ExitStatus.leave(after: error, command: Self.self)
    }
  }
}
