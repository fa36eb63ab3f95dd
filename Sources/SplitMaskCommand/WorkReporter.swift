import SplitMaskCore
import Synchronization
import Training

/// Shows how far work is that takes more than a moment: on a terminal's status line, as a plain line now and then elsewhere.
final class WorkReporter: Sendable {
  private struct State {
    var activity = ""
    var began = ContinuousClock.now
    var lastShown = ContinuousClock.now
  }

  private let state = Mutex(State())

  /// How long work goes on before a file is told of it, and how often it is then.
  private static let (firstPause, pause) = (Duration.seconds(10), Duration.seconds(30))
  /// Between two changes of a status line.
  private static let frame = Duration.milliseconds(100)

  /// Shows one state.
  func show(_ progress: WorkProgress) {
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      let isNew = state.activity != progress.activity
      if isNew { (state.activity, state.began, state.lastShown) = (progress.activity, now, now) }
      let isDue: Bool
      if Terminal.isInteractive {
        isDue = isNew || now - state.lastShown >= Self.frame
      } else {
        isDue =
          now - state.began >= Self.firstPause
          && (now - state.lastShown >= Self.pause || state.lastShown == state.began)
      }
      if isDue { state.lastShown = now }
      return isDue
    }
    guard isDue else { return }
    if Terminal.isInteractive { Terminal.show(Self.text(progress)) } else { Terminal.say(Self.text(progress)) }
  }

  private static func text(_ progress: WorkProgress) -> String {
    let amount = { (count: Int) in
      progress.unit == .bytes ? HumanReadable.byteCount(count) : HumanReadable.count(count)
    }
    if let total = progress.total, total > 0 {
      let percent = "\(100 * min(progress.done, total) / total)%"
      return "\(progress.activity): \(amount(progress.done)) of \(amount(total))  \(percent)"
    }
    return progress.done == 0 ? progress.activity : "\(progress.activity): \(amount(progress.done))"
  }
}
