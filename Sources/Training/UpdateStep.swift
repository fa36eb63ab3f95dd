package import ImageLoading
package import Torch
package import TorchOptim

/// One update of a task, again and again: forward and backward over the accumulated batches, clipping, AdamW.
///
/// What trains and what is only timed share it.
package final class UpdateStep {
  /// What an update leaves behind, all of it still on the device.
  package struct Outcome {
    /// The last of its batches.
    package let lastBatch: HostBatch
    /// What each batch's loss has to log.
    package let terms: [[(name: String, value: Tensor)]]
    /// Its gradients' norm, and whether it was left out.
    package let clipping: GradientClipping
  }

  /// Every trained parameter with its moments.
  package let optimizer: AdamW

  private let task: any TrainingTask
  private let schedule: TrainingSchedule
  private let config: Trainer.ResolvedConfig
  private let device: Device
  private let processes: ProcessGroup

  /// - Parameters:
  ///   - task: its model must be on `device` already.
  ///   - config: as the schedule's.
  ///   - processes: the process group.
  package init(
    task: any TrainingTask, schedule: TrainingSchedule, config: Trainer.ResolvedConfig, device: Device,
    processes: ProcessGroup
  ) {
    self.task = task
    self.schedule = schedule
    self.config = config
    self.device = device
    self.processes = processes
    optimizer = AdamW(
      task.parameterGroups(weightDecay: schedule.weightDecay(0)), betas: (0.9, config.beta2))
  }

  /// Takes the batches of an update, and makes it.
  ///
  /// - Parameters:
  ///   - step: which update, counted from 0.
  ///   - isLogged: whether figures that cost time are wanted.
  /// - Throws: `DatasetError` when the images cannot be read, ``ProcessGroupError``.
  package func callAsFunction(_ step: Int, from batches: inout BatchStream, isLogged: Bool) throws -> Outcome {
    var last: HostBatch?
    var losses: [Tensor] = []
    var logged: [[(name: String, value: Tensor)]] = []
    for microStep in 0..<schedule.accumulate {
      let (batch, epoch) = try batches.next()
      let context = self.context(step, epoch: epoch, microStep: microStep, isLogged: isLogged)
      // The encoder's tokens, which the loss has for a probe, are let go before the backward pass.
      let (total, terms) = autocast(context.precision, on: device) {
        let loss = task.loss(of: batch, in: context)
        return (loss.total, loss.terms)
      }
      processes.backward(
        schedule.accumulate == 1 ? total : total / Double(schedule.accumulate),
        reducing: microStep == schedule.accumulate - 1)
      losses.append(processes.mean(total.detached()))
      try processes.check()
      logged.append(terms)
      last = batch
    }
    return Outcome(lastBatch: last!, terms: logged, clipping: finish(step, losses: losses, isLogged: isLogged))
  }

  /// Clips the gradients and changes the weights.
  private func finish(_ step: Int, losses: [Tensor], isLogged: Bool) -> GradientClipping {
    let context = self.context(step, epoch: step / schedule.stepsPerEpoch, isLogged: isLogged)
    task.willUpdate(in: context)
    let clipping = GradientClipping(
      optimizer.parameters, losses: losses, maximumNorm: config.maximumNorm, mode: config.clipping)
    optimizer.update(
      learningRate: schedule.learningRate(step), weightDecay: schedule.weightDecay(step), clipping: clipping)
    optimizer.clearGradients()
    task.didUpdate(in: context, skip: clipping.skip)
    return clipping
  }

  /// Where in the run an update's batch is.
  package func context(_ step: Int, epoch: Int, microStep: Int = 0, isLogged: Bool) -> StepContext {
    StepContext(
      seed: schedule.seed, step: step, epoch: epoch, stepsPerEpoch: schedule.stepsPerEpoch,
      totalSteps: schedule.totalSteps, microStep: microStep, device: device, precision: config.precision.autocastType,
      isLogged: isLogged, processes: processes)
  }
}
