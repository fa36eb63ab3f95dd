import DurableFiles
import Foundation
import ImageData
import Torch
import TorchNN
import Training

/// One go at a run whose settings are settled: takes its folder, trains, and leaves the folder to others.
struct TrainingSession<Config: RunConfiguration> {
  let config: Config
  let training: Trainer.Config
  let schedule: TrainingSchedule
  let plan: TrainingPlan
  let device: Device
  /// What it learns from.
  let images: ImageDataset
  /// What it is judged on, where it is.
  let testImages: ImageDataset?
  let processes: ProcessGroup
  let url: URL
  let resuming: Bool
  let allowingChange: Bool
  let stop: StopFlag

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:tokenizerProgress:observer:)``.
  ///
  /// - Parameters:
  ///   - task: made once the folder is taken, of which it is told.
  ///   - loader: likewise.
  func train(
    observer: @escaping (TrainingEvent) -> Void,
    task: (RunFolder) throws -> any TrainingTask, loader: () throws -> DataLoader
  ) throws -> TrainingEvent.Outcome {
    try ProcessAgreement.check(config, images: images, among: processes, allowing: Config.harmlessKeys)
    let known = processes.isFirst ? RunImages(training: images, test: testImages) : nil
    let (folder, lock) = try config.claim(
      url, resuming: resuming, allowingChange: allowingChange, images: known, processes: processes)
    defer { lock?.release() }
    observer(.planned(plan))
    if processes.isFirst, let overlap = try testImages?.checkHeldOut(from: images, allowed: true) {
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
      task: made, loader: try loader(), schedule: schedule, config: training, device: device, folder: folder,
      resuming: resuming, stop: stop, processes: processes, observer: observer)
    // Settings that were let change are the run's only once its checkpoint is known to fit them.
    if let known, resuming {
      try config.write(to: folder)
      try known.write(to: folder)
      try writePlan(folder)
    }
    return try trainer.run()
  }

  private func writePlan(_ folder: RunFolder) throws {
    try AtomicFile.write(try JSONEncoder().encode(plan), to: folder.plan)
  }

  /// Leaves what a resume needs to know, where nothing is kept yet.
  private func begin(_ folder: RunFolder, _ images: RunImages) throws {
    try config.writeIfNew(to: folder)
    if !FileManager.default.fileExists(atPath: folder.plan.path) { try writePlan(folder) }
    if !FileManager.default.fileExists(atPath: folder.images.path) { try images.write(to: folder) }
  }
}
