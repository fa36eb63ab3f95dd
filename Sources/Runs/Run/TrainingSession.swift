import DurableFiles
import Foundation
import Torch
import TorchNN
import Training

/// One go at a run by one of its members: takes the run folder, trains, and leaves the folder to others.
struct TrainingSession<Recipe: TrainingRecipe> {
  let run: TrainingRun<Recipe>
  let request: RunRequest
  /// This member of the run.
  let member: ProcessGroup

  /// Trains into the run folder.
  ///
  /// - Returns: how it ended, and what the last evaluation found: of a run that was complete already, what its folder has.
  /// - Throws: `RunFolderError`; ``ChangedSettings``, also for other images; and what training throws.
  func train(
    observer: @escaping (TrainingEvent) -> Void
  ) throws -> (TrainingEvent.Outcome, Recipe.Result?) {
    let recipe = run.recipe
    try ProcessAgreement.check(
      recipe.config, images: recipe.images, among: member, allowing: Recipe.Config.keysChangeableOnResume)
    // The first member's to write.
    let images = member.isFirst ? run.runImages : nil
    let (folder, lock) = try recipe.config.claim(request, images: images, member: member)
    defer { lock?.release() }
    observer(.planned(run.plan))
    if member.isFirst, let overlap = try recipe.testImages?.checkHeldOut(from: recipe.images, allowed: true) {
      observer(.warned(overlap))
    }
    let (task, evaluation): (any TrainingTask, PeriodicEvaluation<Recipe.Result>?)
    do {
      (task, evaluation) = try recipe.task(
        TaskRequest(member, folder: folder, stop: request.stop, observer: observer))
    } catch is StopRequested {
      if let images { try begin(folder, images) }
      if member.isFirst { observer(.finished(step: 0, outcome: .interrupted)) }
      return (.interrupted, nil)
    }
    task.model.synchronizeBatchNorm(over: member)
    if let images { try begin(folder, images) }
    let trainer = try Trainer(
      task: task, loader: try recipe.loader(for: member), schedule: run.schedule, config: recipe.training,
      device: run.device, folder: folder, resuming: request.resuming, stop: request.stop, processes: member,
      observer: observer)
    // Settings that were let change are the run's only once its checkpoint is known to fit them.
    if let images, request.resuming {
      try recipe.config.write(to: folder)
      try images.write(to: folder)
      try writePlan(folder)
    }
    let outcome = try trainer.run()
    let saved = outcome == .completed ? evaluation?.savedResult(in: folder) : nil
    return (outcome, evaluation?.lastResult ?? saved)
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
