import Classification
import DenseTasks
public import Foundation
public import Training

/// A training on annotated images around an encoder: fine-tuning, a detector, a segmenter.
public protocol SupervisedRun {
  /// What it is about to do.
  var plan: TrainingPlan { get }

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:tokenizerProgress:observer:)``.
  func train(
    into url: URL, resuming: Bool, allowingChange: Bool, stop: StopFlag, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome
}

extension FineTuningRun: SupervisedRun {}
extension DetectionRun: SupervisedRun {}
extension SegmentationRun: SupervisedRun {}

extension ClassificationTask: JudgedTask {}
extension DetectionTask: JudgedTask {}
extension SegmentationTask: JudgedTask {}
