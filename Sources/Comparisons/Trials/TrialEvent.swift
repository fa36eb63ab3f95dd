public import Training

/// What is told while a comparison or an experiment runs.
public enum TrialEvent: Sendable {
  /// All that is going to be done, a line each.
  case planned(String)
  /// A trial begins.
  case started(String)
  /// Something of the run at hand.
  case training(TrainingEvent)
  /// Another process is at a trial, which is left to it.
  case elsewhere(String)
  /// A trial is done.
  case finished(String)
}
