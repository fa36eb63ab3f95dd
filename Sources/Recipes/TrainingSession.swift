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
  let images: ImageDataset
  let processes: ProcessGroup

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:tokenizerProgress:observer:)``.
  ///
  /// - Parameters:
  ///   - task: made once the folder is taken, of which it is told.
  ///   - loader: likewise.
  func train(
    into url: URL, resuming: Bool, allowingChange: Bool, stop: StopFlag, observer: @escaping (TrainingEvent) -> Void,
    task: (RunFolder) throws -> any TrainingTask, loader: () throws -> DataLoader
  ) throws -> TrainingEvent.Outcome {
    try ProcessAgreement.check(config, images: images, among: processes, allowing: Config.harmlessKeys)
    let (folder, lock) = try config.claim(
      url, resuming: resuming, allowingChange: allowingChange, processes: processes)
    defer { lock?.release() }
    observer(.planned(plan))
    let task = try task(folder)
    task.model.synchronizeBatchNorm(over: processes)
    if processes.isFirst { try config.writeIfNew(to: folder) }
    let trainer = try Trainer(
      task: task, loader: try loader(), schedule: schedule, config: training, device: device, folder: folder,
      resuming: resuming, stop: stop, processes: processes, observer: observer)
    // Settings that were let change are the run's only once its checkpoint is known to fit them.
    if resuming && processes.isFirst { try config.write(to: folder) }
    return try trainer.run()
  }
}
