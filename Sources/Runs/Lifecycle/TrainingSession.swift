import DurableFiles
import Foundation
import Torch
import TorchNN
import Training

/// One go at a run by one of its members: takes the run folder, trains, and leaves the folder to others.
struct TrainingSession<Run: MemberRun> {
  let run: Run
  let request: TrainingRequest
  /// This member of the run.
  let processes: ProcessGroup

  /// Trains into the run folder.
  ///
  /// - Parameter task: made once the folder is taken, of which it is told.
  /// - Throws: `RunFolderError`; ``ChangedSettings``, also for other images; and what training throws.
  func train(
    observer: @escaping (TrainingEvent) -> Void, task: (RunFolder) throws -> any TrainingTask
  ) throws -> TrainingEvent.Outcome {
    try ProcessAgreement.check(
      run.config, images: run.images, among: processes, allowing: Run.Settings.keysChangeableOnResume)
    let known = processes.isFirst ? RunImages(training: run.images, test: run.testImages) : nil
    let (folder, lock) = try run.config.claim(
      request.url, resuming: request.resuming, allowingChange: request.allowingChange, images: known,
      processes: processes)
    defer { lock?.release() }
    observer(.planned(run.plan))
    if processes.isFirst, let overlap = try run.testImages?.checkHeldOut(from: run.images, allowed: true) {
      observer(.warned(overlap))
    }
    let made: any TrainingTask
    do {
      made = try task(folder)
    } catch is StopRequested {
      if let known { try begin(folder, known) }
      if processes.isFirst { observer(.finished(step: 0, outcome: .interrupted)) }
      return .interrupted
    }
    made.model.synchronizeBatchNorm(over: processes)
    if let known { try begin(folder, known) }
    let trainer = try Trainer(
      task: made, loader: try run.loader(for: processes), schedule: run.schedule, config: run.training,
      device: run.device, folder: folder, resuming: request.resuming, stop: request.stop, processes: processes,
      observer: observer)
    // Settings that were let change are the run's only once its checkpoint is known to fit them.
    if let known, request.resuming {
      try run.config.write(to: folder)
      try known.write(to: folder)
      try writePlan(folder)
    }
    return try trainer.run()
  }

  private func writePlan(_ folder: RunFolder) throws {
    try AtomicFile.write(try JSONEncoder().encode(run.plan), to: folder.plan)
  }

  /// Leaves what a resume needs to know, where nothing is kept yet.
  private func begin(_ folder: RunFolder, _ images: RunImages) throws {
    try run.config.writeIfNew(to: folder)
    if !FileManager.default.fileExists(atPath: folder.plan.path) { try writePlan(folder) }
    if !FileManager.default.fileExists(atPath: folder.images.path) { try images.write(to: folder) }
  }
}
