import Foundation
import SplitMaskCore
import Synchronization
import Training

/// Shows what a trainer tells: a status line on a terminal, plain lines elsewhere.
final class RunReporter: Sendable {
  private struct State {
    let began = ContinuousClock.now
    var totalSteps: Int?
    var progress: TrainingProgress?
    var stepsSeen = 0
    var lastShown = ContinuousClock.now - .seconds(1)
    var lastSaid = ContinuousClock.now
    var saidStep: Int?
    var isEstimateSaid = false
  }

  private let state = Mutex(State())

  /// When the time of a run is told: after so many steps or so long, whichever comes first.
  private static let (estimateStep, estimateTime) = (20, Duration.seconds(60))
  /// Between two changes of the status line.
  private static let frame = Duration.milliseconds(100)
  /// How long a file is left without a line while steps are slow.
  private static let longestSilence = Duration.seconds(30)
  /// Seconds left from which on they are worth a line of their own.
  private static let longEnough = 10.0
  /// Seconds of a step from which on it is worth saying how long one takes.
  private static let slowStep = 2.0

  /// Shows one event.
  func report(_ event: TrainingEvent) {
    switch event {
    case .planned(let plan): begin(plan)
    case .noted(let text): note(text)
    case .warned(let text): note("warning: \(text)")
    case .progressed(let progress): advance(progress)
    case .logged: if !Terminal.isInteractive, !state.withLock({ $0.saidStep == $0.progress?.step }) { sayProgress() }
    case .imageSkipped(let name, let reason): note("skipped \(name): \(reason)")
    case .evaluated(let metrics):
      let loss = state.withLock { $0.progress?.losses.first?.value }
      note("\(EpochLine(metrics, loss: loss))")
    case .observed(let metrics): note("\(EpochLine(observed: metrics))")
    case .checkpointSaved, .picturesWritten: break
    case .finished(let step, let outcome): finish(step: step, outcome: outcome)
    }
  }

  /// What a run that was asked to stop waits for, and what another signal does.
  var stopNotice: String {
    let ending = "Ctrl-C again ends at once and loses what is not in a checkpoint"
    return state.withLock { state in
      guard let progress = state.progress else { return "stopping as soon as what is at hand is done; \(ending)" }
      let seconds = (progress.secondsLeft ?? 0) / Double(max(1, progress.totalSteps - progress.step))
      let time = seconds < Self.slowStep ? "" : ", which takes about \(HumanReadable.duration(seconds))"
      return "stopping: step \(progress.step + 1) is finished\(time), then a checkpoint is written; \(ending)"
    }
  }

  private func begin(_ plan: TrainingPlan) {
    state.withLock { $0 = State(totalSteps: plan.totalSteps) }
    MemoryFailure.remember(plan)
    note("\(plan)")
  }

  /// Writes a line; the status line comes back below it.
  private func note(_ text: String) {
    Terminal.say(text)
    let (progress, total) = state.withLock { ($0.progress, $0.totalSteps) }
    if let progress { Terminal.show(progress) } else if let total { Terminal.show("the first of \(total) steps") }
  }

  private func advance(_ progress: TrainingProgress) {
    let now = ContinuousClock.now
    let (estimate, isFrame, isOverdue) = state.withLock { state in
      state.progress = progress
      state.stepsSeen += 1
      var estimate: Double?
      if !state.isEstimateSaid, state.stepsSeen >= Self.estimateStep || now - state.began >= Self.estimateTime,
        let seconds = progress.secondsLeft
      {
        (estimate, state.isEstimateSaid) = (seconds, true)
      }
      let isFrame = now - state.lastShown > Self.frame
      if isFrame { state.lastShown = now }
      return (estimate, isFrame, now - state.lastSaid > Self.longestSilence)
    }
    if let estimate, estimate >= Self.longEnough { note("estimated time left: \(HumanReadable.duration(estimate))") }
    if isFrame { Terminal.show(progress) }
    if isOverdue, !Terminal.isInteractive { sayProgress() }
  }

  private func sayProgress() {
    let progress = state.withLock { state in
      (state.lastSaid, state.saidStep) = (.now, state.progress?.step)
      return state.progress
    }
    if let progress { Terminal.say(ProgressLine(progress).text()) }
  }

  private func finish(step: Int, outcome: TrainingEvent.Outcome) {
    MemoryFailure.remember(nil)
    let (progress, total, began, done) = state.withLock { ($0.progress, $0.totalSteps, $0.began, $0.stepsSeen) }
    let time = HumanReadable.duration((ContinuousClock.now - began) / .seconds(1))
    let last = progress.map { ", \(ProgressLine.outcome(of: $0))" } ?? ""
    switch outcome {
    case .completed:
      let steps = done < step ? "\(step) steps, \(done) of them now," : "\(step) steps"
      Terminal.say("done: \(steps) in \(time)\(last)")
    case .interrupted:
      let all = total.map { " of \($0)" } ?? ""
      let now = done < step ? ", \(done) of them now" : ""
      Terminal.say("stopped after \(step) steps\(all)\(now), in \(time)\(last)\ngo on with the same --out and --resume")
    }
  }
}
