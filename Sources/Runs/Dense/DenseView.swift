public import DenseTasks
public import Foundation
import Settings
import Training

extension DetectionConfig {
  /// How a detector looks at images: as its file says, else as the settings of the run that the file lies in; nil where
  /// neither says it.
  public static func view(of detector: Detector, from file: URL) -> DetectionPass.View? {
    detector.view ?? settings(beside: file)?.evaluation.view
  }
}

extension SegmentationConfig {
  /// How a segmenter looks at images: as its file says, else as the settings of the run that the file lies in; nil where
  /// neither says it.
  public static func view(of segmenter: Segmenter, from file: URL) -> SegmentationEvaluation.Config? {
    segmenter.view ?? settings(beside: file)?.evaluation
  }
}

extension RunConfiguration {
  /// The settings of the run in a file's folder; nil where there is none of this kind. Files of older versions leave some
  /// facts to them.
  fileprivate static func settings(beside file: URL) -> Self? {
    try? ofRun(in: file.deletingLastPathComponent())
  }
}
