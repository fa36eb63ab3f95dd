import ArgumentParser
import Torch
import Training

/// Runs training for a command: signals ask it to stop, events are shown, an interruption is an exit code.
enum RunExecution {
  /// - Parameters:
  ///   - processes: who train together.
  ///   - body: trains, looking at the flag and telling the observer.
  /// - Throws: what `body` throws; the exit code of an interrupted run.
  static func run(
    _ processes: ProcessGroup,
    _ body: (_ stop: StopFlag, _ observer: @escaping (TrainingEvent) -> Void) throws -> TrainingEvent.Outcome
  ) throws {
    let stop = StopFlag()
    let signals = SignalHandling(stop) {
      Terminal.clearLine()
      Terminal.say("finishing the step and saving; once more ends at once")
    }
    let reporter = RunReporter()
    let outcome = try withExtendedLifetime(signals) { try body(stop, reporter.report) }
    processes.leave()
    guard outcome == .completed else { throw ExitCode(ExitStatus.interrupted.rawValue) }
  }
}
