import DatasetDownloads
import Foundation
import SplitMaskCore
import Training

/// Shows how far a download is: a status line on a terminal, a plain line every half minute elsewhere.
///
/// Calls come from a download's thread and the caller's, never at the same time.
final class TransferLine {
  private var activity: FetchProgress?
  private var began = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?

  /// Shows one state.
  func show(_ progress: FetchProgress) {
    let now = ContinuousClock.now
    if activity?.activity != progress.activity || activity?.file != progress.file {
      // What an earlier call downloaded says nothing about this one's speed.
      activity = progress
      began = now
      lastShown = nil
    }
    let pause: Duration = Terminal.isInteractive ? .milliseconds(100) : .seconds(30)
    if let lastShown, now - lastShown < pause { return }
    lastShown = now
    let line = text(progress, seconds: Double((now - began) / .milliseconds(1)) / 1000)
    if Terminal.isInteractive { Terminal.show(line) } else { Terminal.say(line) }
  }

  private func text(_ progress: FetchProgress, seconds: Double) -> String {
    var parts = ["\(progress.activity.rawValue) \(progress.file)"]
    let done = HumanReadable.byteCount(progress.done)
    if let total = progress.total, total > 0 {
      parts.append("\(done) of \(HumanReadable.byteCount(total))  \(100 * progress.done / total)%")
    } else {
      parts.append(done)
    }
    let rate = Double(progress.done - (activity?.done ?? 0)) / max(seconds, 1e-3)
    if seconds > 0.5, rate > 0 {
      parts.append("\(HumanReadable.byteCount(Int(rate)))/s")
      if let total = progress.total {
        parts.append("ETA \(HumanReadable.duration(Double(total - progress.done) / rate))")
      }
    }
    return parts.joined(separator: "  ")
  }
}
