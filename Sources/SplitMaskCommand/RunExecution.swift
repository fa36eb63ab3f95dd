import ArgumentParser
import SplitMaskCore
import Torch
import Training

/// Runs training for a command: signals ask it to stop, events are shown, an interruption is an exit code.
enum RunExecution {
  /// - Parameters:
  ///   - processes: the process group.
  ///   - body: trains, looking at the flag and telling the observer.
  /// - Throws: what `body` throws; the exit code of an interrupted run.
  static func run(
    _ processes: ProcessGroup,
    _ body: (_ stop: StopFlag, _ observer: @escaping (TrainingEvent) -> Void) throws -> TrainingEvent.Outcome
  ) throws {
    let stop = StopFlag()
    let reporter = RunReporter()
    let signals = SignalHandling(stop) { Terminal.say(reporter.stopNotice) }
    let outcome = try withExtendedLifetime(signals) { try body(stop, reporter.report) }
    processes.leave()
    guard outcome == .completed else { throw ExitCode(ExitStatus.interrupted.rawValue) }
  }
}
