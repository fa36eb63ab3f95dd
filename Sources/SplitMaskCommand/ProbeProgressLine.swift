import Evaluation
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
      Terminal.show("\(progress)")
    } else if isNews {
      Terminal.say("\(progress)")
    }
  }
}
