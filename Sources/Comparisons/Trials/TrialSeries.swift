import DurableFiles
import Foundation
public import Training

/// Trials one after the other, each recorded as it is done, so that a series that was interrupted goes on there.
///
/// Several processes may work on one folder: each leaves to the others what they are at.
package struct TrialSeries {
  package let trials: [Trial]
  package let folder: TrialFolder
  package let images: TrialImages
  package let stop: StopFlag
  package let observer: (TrialEvent) -> Void

  /// A series.
  ///
  /// - Parameters:
  ///   - stop: ends it after the update at hand.
  ///   - observer: told what it is at.
  package init(
    trials: [Trial], folder: TrialFolder, images: TrialImages, stop: StopFlag, observer: @escaping (TrialEvent) -> Void
  ) {
    self.trials = trials
    self.folder = folder
    self.images = images
    self.stop = stop
    self.observer = observer
  }

  /// Makes the trials that are not done yet.
  ///
  /// - Parameter eachTime: called after every trial that is done.
  /// - Returns: whether everything is done or left to other processes, or a stop was asked for.
  package func run(eachTime: () throws -> Void) throws -> TrainingEvent.Outcome {
    for (position, trial) in trials.enumerated() {
      let title = "\(trial.title) (\(position + 1) of \(trials.count))"
      let run = TrialRun(trial: trial, folder: folder, images: images, stop: stop)
      do {
        let lock = try LockFile(folder.lock(trial))
        defer { lock?.release() }
        // Asked with the lock in hand: the process that had it may just have finished.
        guard try run.isMissing() else { continue }
        observer(.started(title))
        guard try run.make(observer: { observer(.training($0)) }) == .completed else { return .interrupted }
      } catch is LockFile.Held {
        observer(.elsewhere(title))
        continue
      }
      try eachTime()
      observer(.finished(title))
    }
    return .completed
  }
}

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
