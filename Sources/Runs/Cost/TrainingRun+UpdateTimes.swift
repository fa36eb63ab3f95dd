import Torch
import TorchNN
package import Training
package import TrainingCost

extension TrainingRun {
  /// Updates to leave out, in which memory is taken and kernels are chosen.
  private var warmupUpdates: Int { device.kind == .cpu ? 1 : 2 }

  /// Times whole updates of fresh weights, as training makes them: load, loss, backward, clipping, AdamW.
  ///
  /// - Parameters:
  ///   - budget: seconds after which the update at hand is the last; one is always timed.
  ///   - progress: told how many updates are done.
  ///   - prepared: shown what is trained before the first.
  /// - Throws: `DatasetError` when the images cannot be read.
  package func updateTimes(
    for budget: Double, progress: (Int) -> Void = { _ in }, prepared: (any TrainingTask) -> Void = { _ in }
  ) throws -> UpdateTimes {
    try Replicas.run(members) { member in
      try updateTimes(of: member, for: budget, progress: progress, prepared: prepared)
    } follow: { [self] member in
      _ = try updateTimes(of: member, for: .infinity)
    }
  }

  /// - Parameter budget: the first member's ends the updates of all.
  private func updateTimes(
    of member: ProcessGroup, for budget: Double, progress: (Int) -> Void = { _ in },
    prepared: (any TrainingTask) -> Void = { _ in }
  ) throws -> UpdateTimes {
    let task = try recipe.task(TaskRequest(member)).task
    task.model.synchronizeBatchNorm(over: member)
    prepared(task)
    let (loader, update) = (
      try recipe.loader(for: member),
      UpdateStep(task: task, schedule: schedule, config: recipe.training, device: device, processes: member)
    )
    member.reduceGradients(of: update.optimizer.parameters.map(\.value))
    var batches = BatchStream(loader: loader, schedule: schedule, startingAt: 0)
    var (seconds, waitSeconds, done) = ([Double](), 0.0, 0)
    let begin = ContinuousClock.now
    var last = begin
    while !member.any(member.isFirst && !seconds.isEmpty && (last - begin) / .seconds(1) >= budget) {
      progress(done)
      let (start, waited) = (ContinuousClock.now, loader.waitSeconds)
      _ = try update(done % schedule.totalSteps, from: &batches, isLogged: false)
      // The clock must see the device's work done.
      device.synchronize()
      last = ContinuousClock.now
      done += 1
      guard done > warmupUpdates else { continue }
      seconds.append((last - start) / .seconds(1))
      waitSeconds += loader.waitSeconds - waited
    }
    try member.check()
    return UpdateTimes(
      batchSize: schedule.batchSize, seconds: seconds, waitSeconds: waitSeconds,
      peakMemory: device.kind == .cuda ? device.peakMemory : ResourceUsage.now.peakBytes)
  }

  /// Images a second that the loader makes with nothing else at work.
  ///
  /// - Parameter budget: seconds after which the batch at hand is the last.
  /// - Throws: `DatasetError` when the images cannot be read.
  package func loadingRate(for budget: Double) throws -> Double {
    var batches = try BatchStream(loader: recipe.loader(for: processes), schedule: schedule, startingAt: 0)
    // Until the first batch threads are started and memory is taken.
    _ = try batches.next()
    let start = ContinuousClock.now
    var (images, seconds) = (0, 0.0)
    repeat {
      images += try batches.next().0.count
      seconds = (ContinuousClock.now - start) / .seconds(1)
    } while seconds < budget
    return Double(images) / seconds
  }
}
