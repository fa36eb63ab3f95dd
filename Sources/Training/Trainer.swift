import DurableFiles
import Foundation
public import ImageData
public import Torch
import TorchNN
import TorchOptim

/// Trains a task: batches, updates, checkpoints, logs. One synchronous loop owns every tensor.
public final class Trainer {
  private let task: any TrainingTask
  private let loader: DataLoader
  private let schedule: TrainingSchedule
  private let config: Config
  private let device: Device
  private let optimizer: AdamW
  private let checkpoints: CheckpointStore
  private let journal: RunJournal
  private let folder: RunFolder
  private let stop: StopFlag
  private let observer: (TrainingEvent) -> Void

  private var step: Int
  private var lastSaved: Int?
  private var window = MetricWindow()
  private var guardian: NonFiniteGuard

  /// - Parameters:
  ///   - task: what is trained; its model must be on `device` already.
  ///   - folder: where checkpoints and logs go.
  ///   - resuming: whether to continue from the newest checkpoint that is whole, or from the start where none was
  ///     written yet; a damaged one is reported and passed over.
  ///   - stop: looked at after every update.
  ///   - observer: told about everything that happens, on the caller's thread.
  /// - Throws: ``TrainingError`` when there is no checkpoint to continue from, or it is of another shape; `FileError`.
  public init(
    task: any TrainingTask, loader: DataLoader, schedule: TrainingSchedule, config: Config,
    device: Device, folder: RunFolder, resuming: Bool, stop: StopFlag, observer: @escaping (TrainingEvent) -> Void
  ) throws {
    self.task = task
    self.loader = loader
    self.schedule = schedule
    self.config = config
    self.device = device
    self.folder = folder
    self.stop = stop
    self.observer = observer
    optimizer = AdamW(
      task.parameterGroups(weightDecay: schedule.weightDecay(0)), betas: (0.9, config.beta2 ?? 0.999))
    checkpoints = CheckpointStore(folder: folder, keep: config.keepCheckpoints)
    let restored =
      resuming ? try checkpoints.restore(model: task.model, companion: task.companion, optimizer: optimizer) : nil
    guardian = NonFiniteGuard(device: device, skippedCount: restored?.skippedUpdates ?? 0)
    step = restored?.step ?? 0
    lastSaved = restored?.step
    journal = try RunJournal(folder: folder, schedule: schedule, loader: loader, step: step, observer: observer)
    for warning in restored?.warnings ?? [] { journal.warn(warning) }
  }

  /// Trains until the end, or until a stop is asked for; writes a checkpoint either way, and exports at the end.
  ///
  /// - Throws: ``TrainingError`` when the run diverges; `DatasetError` when the images cannot be read; `FileError` when
  ///   the disk refuses, with the previous checkpoint whole.
  public func run() throws -> TrainingEvent.Outcome {
    var batches = BatchStream(loader: loader, schedule: schedule, startingAt: step)
    while step < schedule.totalSteps {
      let last = try update(from: &batches)
      step += 1
      try finishStep(lastBatch: last)
      if stop.isRequested && step < schedule.totalSteps {
        try save()
        observer(.finished(step: step, outcome: .interrupted))
        return .interrupted
      }
    }
    try save()
    try task.export(to: folder)
    observer(.finished(step: step, outcome: .completed))
    return .completed
  }

  /// One update: forward and backward over the accumulated batches, clipping, AdamW.
  private func update(from batches: inout BatchStream) throws -> HostBatch {
    var last: HostBatch?
    var losses: [Tensor] = []
    for microStep in 0..<schedule.accumulate {
      let (batch, epoch) = try batches.next()
      let context = self.context(epoch: epoch, microStep: microStep)
      // The encoder's tokens, which the loss has for a probe, are let go before the backward pass.
      let (total, terms) = autocast(context.precision, on: device) {
        let loss = task.loss(of: batch, in: context)
        return (loss.total, loss.terms)
      }
      (schedule.accumulate == 1 ? total : total / Double(schedule.accumulate)).backward()
      losses.append(total.detached())
      window.add(terms)
      last = batch
    }
    let context = self.context(epoch: step / schedule.stepsPerEpoch, microStep: 0)
    task.willUpdate(in: context)
    let clipping = GradientClipping(
      optimizer.parameters, losses: losses, maximumNorm: config.maximumNorm, mode: config.clipping ?? .globalNorm)
    optimizer.update(
      learningRate: schedule.learningRate(step), weightDecay: schedule.weightDecay(step), clipping: clipping)
    optimizer.clearGradients()
    task.didUpdate(in: context, skip: clipping.skip)
    guardian.note(clipping)
    return last!
  }

  private func finishStep(lastBatch: HostBatch) throws {
    let isLast = step == schedule.totalSteps
    try journal.measure()
    if isLogged(step) { try log() } else { journal.progressed(step) }
    if isLast || step % schedule.stepsPerEpoch == 0 {
      let context = self.context(epoch: (step - 1) / schedule.stepsPerEpoch, microStep: 0)
      try journal.log(epochOf: step, values: try task.finishEpoch(in: context, folder: folder))
    }
    // Looking at the counter waits for the device, so not at every step.
    if step % NonFiniteGuard.limit == 0, guardian.isBeyondHope {
      throw TrainingError.diverged(step: step, checkpoint: lastSaved.map { folder.checkpoint($0).path })
    }
    if step % config.checkpointEvery == 0 && !isLast { try save() }
    if isLast || step % max(1, schedule.totalSteps / 10) == 0 {
      let context = context(epoch: (step - 1) / schedule.stepsPerEpoch, microStep: 0)
      try journal.keep(try noGrad { try task.pictures(of: lastBatch, in: context) }, step: step)
    }
  }

  private func log() throws {
    let means = window.read().map { StepMetrics.Value($0.name, $0.value) }
    let state: [StepMetrics.Value] = [
      .init("learning_rate", schedule.learningRate(step - 1)), .init("gradient_norm", guardian.lastNorm),
      .init("skipped_updates", Double(guardian.skippedCount)),
    ]
    try journal.log(step: step, values: means + state)
  }

  private func save() throws {
    guard lastSaved != step else { return }
    let checkpoint = try checkpoints.save(
      step: step, skippedUpdates: guardian.skippedCount, model: task.model, companion: task.companion,
      optimizer: optimizer)
    lastSaved = step
    try journal.saved(step: step, checkpoint: checkpoint)
  }

  private func isLogged(_ step: Int) -> Bool {
    step % config.logEvery == 0 || step == schedule.totalSteps
  }

  private func context(epoch: Int, microStep: Int) -> StepContext {
    StepContext(
      seed: schedule.seed, step: step, epoch: epoch, stepsPerEpoch: schedule.stepsPerEpoch,
      totalSteps: schedule.totalSteps, microStep: microStep, device: device, precision: config.precision.autocastType,
      isLogged: isLogged(step + 1))
  }
}
