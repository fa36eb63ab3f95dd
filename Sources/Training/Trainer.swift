import DurableFiles
import Foundation
public import ImageLoading
public import Torch
import TorchNN

/// Trains a task: batches, updates, checkpoints, logs. One synchronous loop owns every tensor.
///
/// Several processes train together, each from its share of every batch; all of them have the same weights at every step.
/// The first one alone writes files and tells what happens.
public final class Trainer {
  private let task: any TrainingTask
  private let loader: DataLoader
  private let schedule: TrainingSchedule
  private let config: ResolvedConfig
  private let device: Device
  private let processes: ProcessGroup
  private let update: UpdateStep
  private let checkpoints: CheckpointStore
  /// The first process's.
  private let journal: RunJournal?
  private let folder: RunFolder
  private let stop: StopFlag
  private let observer: (TrainingEvent) -> Void

  private var step: Int
  /// Where this process began.
  private let firstStep: Int
  private var lastSaved: Int?
  private var window = MetricWindow()
  private var guardian: NonFiniteGuard
  /// How many of this process's unreadable images the first one knows of.
  private var skippedShared = 0

  /// - Parameters:
  ///   - task: what is trained; its model must be on `device` already.
  ///   - loader: of this process's share of the batches.
  ///   - schedule: updates and learning rates.
  ///   - config: the optimisation.
  ///   - device: the device to compute on.
  ///   - folder: where checkpoints and logs go.
  ///   - resuming: whether to continue from the newest checkpoint that is whole, or from the start where none was
  ///     written yet; a damaged one is reported and passed over.
  ///   - stop: looked at after every update.
  ///   - processes: the process group.
  ///   - observer: told about everything that happens, on the caller's thread, of the first process.
  /// - Throws: ``TrainingError`` when there is no checkpoint to continue from, or it is of another shape; `FileError`.
  public init(
    task: any TrainingTask, loader: DataLoader, schedule: TrainingSchedule, config: ResolvedConfig,
    device: Device, folder: RunFolder, resuming: Bool, stop: StopFlag, processes: ProcessGroup,
    observer: @escaping (TrainingEvent) -> Void
  ) throws {
    self.task = task
    self.loader = loader
    self.schedule = schedule
    self.config = config
    self.device = device
    self.processes = processes
    self.folder = folder
    self.stop = stop
    self.observer = observer
    update = UpdateStep(task: task, schedule: schedule, config: config, device: device, processes: processes)
    checkpoints = CheckpointStore(folder: folder, keep: config.keepCheckpoints)
    let found =
      resuming && processes.isFirst
      ? try checkpoints.restore(model: task.model, auxiliary: task.auxiliary, optimizer: update.optimizer) : nil
    let restored = try processes.broadcast(found)
    guardian = NonFiniteGuard(device: device, skippedCount: restored?.skippedUpdates ?? 0)
    step = restored?.step ?? 0
    firstStep = step
    lastSaved = restored?.step
    journal =
      processes.isFirst
      ? try RunJournal(folder: folder, schedule: schedule, loader: loader, step: step, observer: observer) : nil
    for warning in restored?.warnings ?? [] { journal?.warn(warning) }
    if processes.isFirst, let restored, restored.processes != processes.size {
      observer(
        .noted("the checkpoint is of \(restored.processes) processes; \(processes.size) go on, with the same batches"))
    }
    try beginTogether()
  }

  /// Broadcasts the first process's parameters and optimizer state, and registers the gradients' all-reduce.
  private func beginTogether() throws {
    guard !processes.isAlone else { return }
    let weights = task.model.parameters + (task.auxiliary?.parameters ?? [])
    let moments = update.optimizer.stateDictionary.sorted { $0.key < $1.key }
    processes.broadcast(weights.map { $0.value.detached() } + moments.map(\.value))
    processes.reduceGradients(of: update.optimizer.parameters.map(\.value))
    try processes.check()
  }

  /// Trains until the end, or until a stop is asked for; writes a checkpoint either way, and exports at the end.
  ///
  /// - Throws: ``TrainingError`` when the run diverges; `DatasetError` when the images cannot be read; `FileError` when
  ///   the disk refuses, with the previous checkpoint whole.
  public func run() throws -> TrainingEvent.Outcome {
    if step == 0 { try observe() }
    var batches = BatchStream(loader: loader, schedule: schedule, startingAt: step)
    while step < schedule.totalSteps {
      let outcome = try update(step, from: &batches, isLogged: isLogged(step + 1))
      for terms in outcome.terms { window.add(terms) }
      guardian.note(outcome.clipping)
      step += 1
      try finishStep(outcome)
      if try isStopAgreed(), step < schedule.totalSteps {
        try save()
        if processes.isFirst { observer(.finished(step: step, outcome: .interrupted)) }
        return .interrupted
      }
    }
    try save()
    if processes.isFirst {
      try task.export(to: folder)
      observer(.finished(step: step, outcome: .completed))
    }
    return .completed
  }

  /// Whether any process was asked to stop. All must end at the same step, so all must have asked each other; that waits for
  /// the device, so on a GPU only where a logged step does too.
  private func isStopAgreed() throws -> Bool {
    guard !processes.isAlone, device.kind == .cpu || isLogged(step) else {
      return processes.isAlone && stop.isRequested
    }
    let agreed = processes.any(stop.isRequested)
    try processes.check()
    return agreed
  }

  private func finishStep(_ outcome: UpdateStep.Outcome) throws {
    let isLast = step == schedule.totalSteps
    try journal?.measure()
    if isLogged(step) { try log() } else { journal?.progressed(step) { Self.values(outcome.terms) } }
    if isLast || step % schedule.stepsPerEpoch == 0 {
      let context = self.context(epoch: schedule.epoch(after: step))
      let values = try task.finishEpoch(in: context, folder: folder)
      try journal?.log(epochOf: step, values: values)
    }
    if endsPart(of: 5) { try observe() }
    if step == min(firstStep + NonFiniteGuard.limit, schedule.totalSteps), guardian.sawNoGradient {
      journal?.warn(
        """
        the gradients of the first \(step - firstStep) updates were exactly 0, so nothing is learned: is every label \
        ignored, or of one class?
        """)
    }
    // Looking at the counter waits for the device, so not at every step.
    if step % NonFiniteGuard.limit == 0, guardian.hasDiverged {
      throw TrainingError.diverged(step: step, checkpoint: lastSaved.map { folder.checkpoint($0).path })
    }
    if step % config.checkpointEvery == 0 && !isLast { try save() }
    if let journal, isLast || step % max(1, schedule.totalSteps / 10) == 0 {
      let context = context(epoch: schedule.epoch(after: step))
      let shown = outcome.lastBatch.first(TrainingPicture.imageCount)
      try journal.keep(try noGrad { try task.pictures(of: shown, in: context) }, step: step)
    }
  }

  /// The means over an update's batches, of this process's share of them.
  private static func values(_ terms: [[(name: String, value: Tensor)]]) -> [StepMetrics.Value] {
    var window = MetricWindow()
    for terms in terms { window.add(terms) }
    return window.read(.alone).map { StepMetrics.Value($0.name, $0.value) }
  }

  /// Whether the run's next part is done, of so many of one length.
  private func endsPart(of count: Int) -> Bool {
    step * count / schedule.totalSteps > (step - 1) * count / schedule.totalSteps
  }

  /// Logs what is measured rarely.
  private func observe() throws {
    try journal?.log(observedAt: step, values: task.observations(in: context(epoch: schedule.epoch(after: step))))
  }

  private func log() throws {
    let means = window.read(processes).map { StepMetrics.Value($0.name, $0.value) }
    let state: [StepMetrics.Value] = [
      .init("learning_rate", schedule.learningRate(step - 1)), .init("gradient_norm", guardian.lastNorm),
      .init("skipped_updates", Double(guardian.skippedCount)),
    ]
    try shareSkippedImages()
    try journal?.log(step: step, values: means + state)
  }

  /// Tells the first process which images the others could not read.
  private func shareSkippedImages() throws {
    let skipped = loader.skipped
    for images in try processes.gathered(Array(skipped.dropFirst(skippedShared))).dropFirst() {
      try journal?.record(images)
    }
    skippedShared = skipped.count
  }

  private func save() throws {
    guard lastSaved != step else { return }
    lastSaved = step
    guard let journal else { return }
    let checkpoint = try checkpoints.save(
      step: step, skippedUpdates: guardian.skippedCount, processes: processes.size, model: task.model,
      auxiliary: task.auxiliary, metadata: task.weightsMetadata(),
      optimizer: update.optimizer)
    try journal.saved(step: step, checkpoint: checkpoint)
  }

  private func isLogged(_ step: Int) -> Bool {
    step % config.logEvery == 0 || step == schedule.totalSteps
  }

  private func context(epoch: Int) -> StepContext {
    update.context(step, epoch: epoch, isLogged: isLogged(step + 1))
  }
}
