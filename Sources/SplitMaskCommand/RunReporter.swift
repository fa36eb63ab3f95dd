import Foundation
import Training

/// Shows what a trainer tells: one living line on a terminal, plain lines elsewhere.
final class RunReporter {
  /// Steps after which the time of a run can be told.
  private static let estimateStep = 20
  private var lastShown = ContinuousClock.now - .seconds(1)
  private var progress: TrainingProgress?
  private var stepsSeen = 0

  /// Shows one event.
  func report(_ event: TrainingEvent) {
    switch event {
    case .planned(let plan): say("\(plan)")
    case .noted(let text): say(text)
    case .warned(let text): say("warning: \(text)")
    case .progressed(let progress): advance(progress)
    case .logged: if !Terminal.isInteractive, let progress { say(ProgressLine(progress).text()) }
    case .imageSkipped(let name, let reason): say("skipped \(name): \(reason)")
    case .evaluated(let metrics): say(RunReporter.line(metrics))
    case .checkpointSaved, .picturesWritten: break
    case .finished(let step, let outcome): finish(step: step, outcome: outcome)
    }
  }

  private func advance(_ progress: TrainingProgress) {
    self.progress = progress
    stepsSeen += 1
    if stepsSeen == RunReporter.estimateStep, let seconds = progress.secondsLeft {
      say("estimated time left: \(HumanReadable.duration(seconds))")
    }
    guard Terminal.isInteractive, ContinuousClock.now - lastShown > .milliseconds(100) else { return }
    lastShown = .now
    Terminal.show(progress)
  }

  private func finish(step: Int, outcome: TrainingEvent.Outcome) {
    if Terminal.isInteractive, let progress { Terminal.show(progress) }
    say(outcome == .completed ? "done: \(step) steps" : "stopped after \(step) steps; go on with --resume")
  }

  private static func line(_ metrics: StepMetrics) -> String {
    let values = metrics.values.map { "\($0.name) \(HumanReadable.number($0.value))" }
    return "epoch \(metrics.epoch + 1): \(values.joined(separator: ", "))"
  }

  private func say(_ text: String) {
    Terminal.clearLine()
    Terminal.say(text)
  }
}
