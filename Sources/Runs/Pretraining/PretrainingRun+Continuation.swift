public import Evaluation
public import Foundation
import Training

extension TrainingRun where Recipe == Pretraining {
  /// Compares the encoder that the run has made with the one that it went on from, as its log has them; nil where nothing was
  /// measured: a run that began afresh, images without classes, few images or updates.
  ///
  /// - Parameter folder: the run folder, complete.
  /// - Throws: Foundation's error when the log cannot be read.
  public func continuationCheck(in folder: URL) throws -> ContinuationCheck? {
    guard recipe.config.encoder != nil, let judged = recipe.judgedImages else { return nil }
    let measured = try MetricsLog.rows(of: RunFolder(at: folder).metrics).compactMap {
      $0[ContinuationCheck.metricName]
    }
    guard let first = measured.first, let last = measured.last, measured.count > 1 else { return nil }
    return ContinuationCheck(imageCount: judged.asked.count, before: first / 100, after: last / 100)
  }
}
