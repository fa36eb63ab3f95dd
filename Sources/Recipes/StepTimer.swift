import ImageData
import Torch
import Training

/// Tells how long an update takes before a run is begun.
enum StepTimer {
  /// Seconds of a forward and backward pass, the faster of two after one to warm up; the task's gradients are dropped.
  ///
  /// - Throws: `DatasetError` when no batch can be read.
  static func seconds(
    of task: any TrainingTask, batches: BatchIterator, schedule: TrainingSchedule, device: Device, precision: DType?
  ) throws -> Double {
    guard let batch = try batches.next() else { return 0 }
    var best = Double.infinity
    for step in 0..<3 {
      let context = StepContext(
        seed: schedule.seed, step: step, epoch: 0, stepsPerEpoch: schedule.stepsPerEpoch,
        totalSteps: schedule.totalSteps, device: device, precision: precision)
      let start = ContinuousClock.now
      let loss = autocast(precision, on: device) { task.loss(of: batch, in: context) }
      loss.total.backward()
      // Reading the loss waits for the device: what is timed is done then.
      _ = loss.total.item() as Double
      if step > 0 { best = min(best, (ContinuousClock.now - start) / .seconds(1)) }
      for parameter in task.model.parameters { parameter.value.gradient = nil }
    }
    return best * Double(schedule.accumulate)
  }
}
