import Foundation
import ImageTransforms
import Runs
import TestSupport
import Testing
import Training
import VisionModels

/// The losses of fifty updates of every method and task on composed pictures, as they were when somebody last looked at them
/// (`Tests/Goldens/curves`). A change of any draw, default or formula shows here, wanted or not. After a wanted one:
///
///     SPLITMASK_RENEW_CURVES=1 swift test -c release --filter LossCurveTests
///
/// The tolerance is for other processors, whose rounding AdamW enlarges: from SSE 4.1 to AVX-512, and from one thread to four,
/// losses differ by up to 4e-6. A detector draws other regions once rounding moves a proposal over a threshold, so its losses are
/// compared roughly.
@Suite struct LossCurveTests {
  private static let updates = 50

  enum Run: String, CaseIterable {
    case splitmask, beit, dino, mae, supervised, finetuning, detection, segmentation

    /// The largest relative difference of a loss.
    var tolerance: Double { self == .detection ? 0.1 : 1e-4 }
  }

  @Test(arguments: Run.allCases)
  func lossesAreAsTheyWere(run: Run) throws {
    let losses = try self.losses(run)
    #expect(losses.count == LossCurveTests.updates)
    let file = goldens.appending(path: "curves/\(run.rawValue).txt")
    guard ProcessInfo.processInfo.environment["SPLITMASK_RENEW_CURVES"] == nil else {
      return try losses.map { String(format: "%.6g\n", $0) }.joined().write(to: file, atomically: true, encoding: .utf8)
    }
    let pinned = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { Double($0) }
    #expect(pinned.count == losses.count)
    for (step, (found, pinned)) in zip(losses, pinned).enumerated() {
      #expect(abs(found / pinned - 1) < run.tolerance, "update \(step + 1): \(found) instead of \(pinned)")
    }
  }

  private func losses(_ run: Run) throws -> [Double] {
    var losses: [Double] = []
    let observer: (TrainingEvent) -> Void = { event in
      if case .logged(let metrics) = event, let loss = metrics["loss"] { losses.append(loss) }
    }
    switch run {
    case .finetuning:
      let runs = try TinyFineTuning()
      let config = runs.config {
        $0.data.test = []
        $0.training = training($0.training)
      }
      _ = try FineTuningRun(config).train(RunRequest(runs.folder("run").url), observer: observer)
    case .detection:
      let runs = try TinyDense()
      let config = runs.detection {
        ($0.data.testImages, $0.data.testAnnotations, $0.layerDecay) = (nil, nil, 0.8)
        $0.training = training($0.training)
      }
      _ = try DetectionRun(config).train(RunRequest(runs.url.appending(path: "run")), observer: observer)
    case .segmentation:
      let runs = try TinyDense()
      let config = runs.segmentation {
        $0.data.testSplit = nil
        $0.training = training($0.training)
      }
      _ = try SegmentationRun(config).train(RunRequest(runs.url.appending(path: "run")), observer: observer)
    default:
      let runs = try TinyRuns()
      let config = pretraining(PretrainingMethod(rawValue: run.rawValue)!, runs)
      _ = try PretrainingRun(config).train(RunRequest(runs.folder("run").url), observer: observer)
    }
    return losses
  }

  private func pretraining(_ method: PretrainingMethod, _ runs: TinyRuns) -> PretrainConfig {
    runs.config {
      let (images, model) = ($0.data, $0.model)
      $0 = PretrainConfig(method: method)
      ($0.device, $0.data, $0.model, $0.tokenizer.vocabulary) = (.cpu, images, model, 64)
      ($0.dino.outputDimension, $0.dino.hiddenDimension, $0.dino.bottleneckDimension) = (64, 64, 32)
      $0.training.batchSize = 4
      $0.training = training($0.training)
    }
  }

  /// Fifty updates, all of them logged, at rates at which something is learned.
  private func training(_ config: Trainer.Config) -> Trainer.Config {
    var config = config
    (config.steps, config.logEvery, config.checkpointEvery) = (LossCurveTests.updates, 1, 1000)
    (config.learningRate, config.replicas) = (1e-3, 1)
    return config
  }
}
