import DurableFiles
import Foundation
import Training

/// Trials one after the other, each recorded as it is done, so that a series that was interrupted goes on there.
///
/// Several processes may work on one folder: each leaves to the others what they are at.
struct TrialSeries {
  let trials: [Trial]
  let folder: TrialFolder
  let images: TrialImages
  let stop: StopFlag
  let observer: (TrialEvent) -> Void

  /// Makes the trials that are not done yet.
  ///
  /// - Parameter eachTime: called after every trial that is done.
  /// - Returns: whether everything is done or left to other processes, or a stop was asked for.
  func run(eachTime: () throws -> Void) throws -> TrainingEvent.Outcome {
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
