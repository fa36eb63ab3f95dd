public import Foundation

/// What a trainer tells whoever watches it. Shown, written or ignored by the watcher; the trainer prints nothing.
public enum TrainingEvent: Sendable {
  /// The plan, before the first step.
  case planned(TrainingPlan)
  /// A step is done.
  case progressed(TrainingProgress)
  /// A step whose numbers were logged.
  case logged(StepMetrics)
  /// Numbers of an epoch, such as an accuracy on held-out images.
  case evaluated(StepMetrics)
  /// Numbers that are measured rarely: before the first update, and at every fifth of the run.
  case observed(StepMetrics)
  /// A checkpoint is whole on the disk.
  case checkpointSaved(step: Int, folder: URL)
  /// Pictures were written.
  case picturesWritten(step: Int, files: [URL])
  /// An image could not be read; each is told once.
  case imageSkipped(name: String, reason: String)
  /// Something worth reading, such as how many words are in use: a sentence.
  case noted(String)
  /// Something to know, such as an update that was skipped: a sentence.
  case warned(String)
  /// The run is over, or was asked to stop and can be resumed.
  case finished(step: Int, outcome: Outcome)

  /// How a run ended.
  public enum Outcome: Hashable, Sendable {
    /// All steps are done.
    case completed
    /// It was asked to stop; the state is in the last checkpoint.
    case interrupted
  }
}
