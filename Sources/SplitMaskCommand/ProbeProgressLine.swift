import Evaluation
import Foundation
import SplitMaskCore
import Training

/// Shows how far a trained probe is: a status line on a terminal, a plain line after every epoch's loss elsewhere.
final class ProbeProgressLine {
  private var lastShown = ContinuousClock.now - .seconds(1)
  private var lastLoss: Double?

  /// Shows one step.
  func show(_ progress: TrainedProbe.Progress) {
    let isNews = progress.loss != lastLoss
    lastLoss = progress.loss
    if Terminal.isInteractive {
      guard ContinuousClock.now - lastShown > .milliseconds(100) else { return }
      lastShown = .now
      Terminal.show(text(progress))
    } else if isNews {
      Terminal.say(text(progress))
    }
  }

  private func text(_ progress: TrainedProbe.Progress) -> String {
    var parts = ["probe \(progress.step)/\(progress.totalSteps)"]
    if let loss = progress.loss { parts.append("loss \(HumanReadable.number(loss))") }
    if progress.imagesPerSecond > 0 { parts.append("\(HumanReadable.number(progress.imagesPerSecond)) images/s") }
    if let seconds = progress.secondsLeft { parts.append("ETA \(HumanReadable.duration(seconds))") }
    return parts.joined(separator: "  ")
  }
}
