import Foundation
package import ImageCoding
import ImageData
import SplitMaskCore
import Torch
package import Training
package import VisionModels

/// A task whose encoder came from elsewhere: the log shows from the start how well its features tell classes apart, and a
/// fall below what it came with is warned of.
package final class WatchedContinuation: TaskWrapper {
  package let task: any TrainingTask
  private let encoder: VisionTransformer
  private let judged: JudgedImages
  /// Has the encoder's weights while they are judged.
  private let judgedEncoder: VisionTransformer
  private let normalization: PixelNormalization
  private let warn: (String) -> Void
  /// The share of the images that the encoder told as it came.
  private var before: Double?
  private var hasWarned = false

  /// - Parameters:
  ///   - task: what trains the encoder.
  ///   - encoder: what it trains.
  ///   - normalization: of the encoder's pixels.
  ///   - judged: what its features are to tell apart.
  ///   - folder: the run folder, whose log has what the encoder came with where the run goes on.
  ///   - observer: is warned.
  /// - Throws: Foundation's error when the log cannot be read.
  package init(
    _ task: any TrainingTask, of encoder: VisionTransformer, _ normalization: PixelNormalization, judged: JudgedImages,
    folder: RunFolder,
    observer: @escaping (TrainingEvent) -> Void
  ) throws {
    (self.task, self.encoder, self.normalization) = (task, encoder, normalization)
    self.judged = judged
    var generator = SeededGenerator(seed: 0, purpose: .initialization)
    judgedEncoder = try VisionTransformer(encoder.config, using: &generator)
    warn = { observer(.warned($0)) }
    let log = FileManager.default.fileExists(atPath: folder.metrics.path) ? try MetricsLog.rows(of: folder.metrics) : []
    before = log.first { $0.step == 0 }?[ContinuationCheck.metricName].map { $0 / 100 }
  }

  package func observations(in context: StepContext) throws -> [StepMetrics.Value] {
    try judgedEncoder.load(encoder.stateDictionary)
    let extractor = FeatureExtractor(
      encoder: judgedEncoder, normalization: normalization, source: "", device: context.device,
      precision: context.precision)
    func features(_ images: ImageDataset) throws -> FeatureTable {
      try extractor.extract(from: extractor.loader(of: images, processes: .alone), processes: .alone)
    }
    let known = try features(judged.known)
    var config = NearestNeighbors.Config()
    config.k = [min(20, known.count)]
    let top1 = try NearestNeighbors.evaluate(
      train: known, test: features(judged.asked), config: config, device: context.device
    ).top1
    compare(with: top1 / 100)
    return try task.observations(in: context) + [.init(ContinuationCheck.metricName, top1)]
  }

  private func compare(with after: Double) {
    guard let before else { return self.before = after }
    let check = ContinuationCheck(imageCount: judged.asked.count, before: before, after: after)
    guard check.isWorse, !hasWarned else { return }
    hasWarned = true
    warn(check.sentence)
  }
}
