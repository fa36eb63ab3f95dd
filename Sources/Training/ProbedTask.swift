public import ImageLoading
import Torch
public import TorchNN
import TorchOptim

/// A task with an ``OnlineProbe`` beside it, which learns the classes of the images from what their encoder makes of them.
///
/// The task trains as it would alone, to the same bits; its log has ``OnlineProbe/metricName`` besides.
public final class ProbedTask: TaskWrapper {
  /// What checkpoints keep: the probe, and what the task keeps.
  private final class Auxiliary: Module {
    let probe: OnlineProbe
    let task: Module?

    init(probe: OnlineProbe, task: Module?) {
      self.probe = probe
      self.task = task
    }
  }

  /// What trains as it would alone.
  public let task: any TrainingTask
  private let probe: OnlineProbe
  private let modules: Auxiliary

  /// - Parameters:
  ///   - task: of a method that shows its ``TaskLoss/encoded`` tokens; of another, nothing is probed.
  ///   - probe: the classifier that is trained beside the task.
  public init(_ task: any TrainingTask, probe: OnlineProbe) {
    self.task = task
    self.probe = probe
    modules = Auxiliary(probe: probe, task: task.auxiliary)
  }

  /// The probe, and what the task keeps.
  public var auxiliary: Module? { modules }

  /// The task's loss; on the way the probe makes an update.
  public func loss(of batch: HostBatch, in context: StepContext) -> TaskLoss {
    let loss = task.loss(of: batch, in: context)
    guard let encoded = loss.encoded, let labels = batch.labels else { return loss }
    let features = encoded.pooled()
    // Branch by branch, as the sequences are.
    let repeated = (0..<features.shape[0] / batch.count).flatMap { _ in labels.map(Int64.init) }
    let accuracy = probe.learn(
      features: features, labels: Tensor(repeated).sent(to: context.device), processes: context.processes)
    return TaskLoss(total: loss.total, terms: loss.terms + [(OnlineProbe.metricName, accuracy)])
  }
}
