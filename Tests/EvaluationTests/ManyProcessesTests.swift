import Evaluation
import ImageData
import TestSupport
import Testing
import Torch

/// Several processes with a share of every batch find what one process with whole batches does.
@Suite struct ManyProcessesTests {
  /// What one process knows at the end.
  private struct Outcome: Sendable {
    let result: TrainedProbe.Result
    /// Of every epoch but the last.
    let losses: [Double]

    /// The largest difference of a loss.
    func distance(to other: Outcome) -> Double {
      func all(_ outcome: Outcome) -> [Double] {
        outcome.losses + [outcome.result.loss] + (outcome.result.byLayer ?? []).map(\.loss)
      }
      let (own, others) = (all(self), all(other))
      return own.count == others.count ? zip(own, others).map { abs($0 - $1) }.max()! : .infinity
    }
  }

  private func config(_ method: ProbeProtocol, batchSize: Int?) -> TrainedProbe.Config {
    var config = TrainedProbe.Config(method)
    (config.epochs, config.batchSize, config.workers) = (4, batchSize, 1)
    // Far fewer steps than the protocols have.
    config.learningRate = [.dino: 3, .mae: 60, .beit: 0.1][method]
    return config
  }

  private func evaluate(
    _ config: TrainedProbe.Config, train: ImageDataset, test: ImageDataset, processes: ProcessGroup = .alone
  ) throws -> Outcome {
    var losses: [Double] = []
    let result = try TrainedProbe.evaluate(
      train: train, test: test, extractor: tinyExtractor(try tinyEncoder()), config: config, processes: processes
    ) { progress in
      if let loss = progress.loss, loss != losses.last { losses.append(loss) }
    }
    return Outcome(result: result, losses: losses)
  }

  /// Of 74 test images the last process has few or none, and one test and one training image cannot be read.
  @Test(arguments: [ProbeProtocol.dino, .mae, .beit], [2, 3])
  func trainedProbeIsTheSame(method: ProbeProtocol, size: Int) throws {
    try withColouredImages(26, unreadable: 1) { train in
      try withColouredImages(73, unreadable: 1) { test in
        let config = config(method, batchSize: 6)
        let one = try evaluate(config, train: train, test: test)
        let many = try together(size) { try evaluate(config, train: train, test: test, processes: $0) }
        #expect(many.allSatisfy { $0.result == many[0].result && $0.losses == many[0].losses })
        let distance = many[0].distance(to: one)
        #expect(distance < 1e-5, "\(method) in \(size) processes: \(distance)")
        // Classifiers that hardly move would agree anyway.
        #expect(one.losses.count == 3 && abs(one.losses[0] - one.losses[2]) > 0.02, "\(one.losses)")
        #expect(many[0].result.top1 == one.result.top1 && many[0].result.measuredOn == one.result.measuredOn)
        let measured = one.result.measuredOn
        #expect(measured.trainCount == 26 && measured.testCount == 73 && measured.skippedCount == 4)
      }
    }
  }

  @Test func automaticBatchCanBeSharedOut() throws {
    try withColouredImages(70) { images in
      let config = config(.dino, batchSize: nil)
      let sizes = try together(3) {
        try evaluate(config, train: images, test: images, processes: $0).result.batchSize
      }
      #expect(sizes == [3, 3, 3], "one process takes 4")
    }
  }

  @Test func batchThatCannotBeSharedOutIsRefused() throws {
    try withColouredImages(12) { images in
      let config = config(.mae, batchSize: 5)
      #expect(throws: DatasetError.self) {
        _ = try together(2) { try evaluate(config, train: images, test: images, processes: $0) }
      }
    }
  }

  @Test func skippedImagesOfFeaturesAreCountedOnce() throws {
    try withColouredImages(70, unreadable: 2) { images in
      let counts = try together(2) { processes in
        let extractor = tinyExtractor(try tinyEncoder())
        let loader = try extractor.loader(of: images, workers: 1, processes: processes)
        return try extractor.extract(from: loader, processes: processes).skipped.count
      }
      #expect(counts == [4, 4])
    }
  }
}
