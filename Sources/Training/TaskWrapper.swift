public import ImageLoading
public import Torch
public import TorchNN
public import TorchOptim

/// A task around another, which does all that it does not say otherwise.
public protocol TaskWrapper: TrainingTask {
  /// The task inside.
  var task: any TrainingTask { get }
}

extension TaskWrapper {
  /// The task's.
  public var model: Module { task.model }

  /// The task's.
  public var auxiliary: Module? { task.auxiliary }

  /// The task's.
  public func parameterGroups(weightDecay: Double) -> [AdamW.Group] { task.parameterGroups(weightDecay: weightDecay) }

  /// The task's.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss { task.loss(of: batch, in: context) }

  /// The task's.
  public func willUpdate(in context: StepContext) { task.willUpdate(in: context) }

  /// The task's.
  public func didUpdate(in context: StepContext, skip: Tensor) { task.didUpdate(in: context, skip: skip) }

  /// The task's.
  public func finishEpoch(in context: StepContext, folder: RunFolder) throws -> [StepMetrics.Value] {
    try task.finishEpoch(in: context, folder: folder)
  }

  /// The task's.
  public func observations(in context: StepContext) throws -> [StepMetrics.Value] {
    try task.observations(in: context)
  }

  /// The task's.
  public func pictures(of batch: HostBatch, in context: StepContext) throws -> [TrainingPicture] {
    try task.pictures(of: batch, in: context)
  }

  /// The task's.
  public func weightsMetadata() throws -> [String: String] { try task.weightsMetadata() }

  /// The task's.
  public func export(to folder: RunFolder) throws { try task.export(to: folder) }
}
