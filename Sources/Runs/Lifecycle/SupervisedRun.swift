import Classification
import DenseTasks
public import Foundation
public import Training

/// A training on annotated images around an encoder: fine-tuning, a detector, a segmenter.
public protocol SupervisedRun {
  /// What it is about to do.
  var plan: TrainingPlan { get }

  /// Looks whether it could go on in a run folder; changes nothing.
  ///
  /// - Throws: `ChangedSettings`, also for other images; `RunFolderError` where there is no run.
  func checkUnchanged(since url: URL) throws

  /// Trains into a run folder; as ``PretrainingRun/train(into:resuming:allowingChange:stop:vocabulary:tokenizerProgress:observer:)``.
  func train(
    into url: URL, resuming: Bool, allowingChange: Bool, stop: StopFlag, observer: @escaping (TrainingEvent) -> Void
  ) throws -> TrainingEvent.Outcome
}

extension FineTuningRun: SupervisedRun {}
extension DetectionRun: SupervisedRun {}
extension SegmentationRun: SupervisedRun {}

extension ClassificationTask: JudgedTask {
  static func resultFile(in folder: RunFolder) -> URL { folder.classification }
}

extension DetectionTask: JudgedTask {
  static func resultFile(in folder: RunFolder) -> URL { folder.detection }
}

extension SegmentationTask: JudgedTask {
  static func resultFile(in folder: RunFolder) -> URL { folder.segmentation }
}
