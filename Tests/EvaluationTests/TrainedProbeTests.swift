import Evaluation
import Foundation
import ImageCoding
import ImageData
import SplitMaskCore
import TestSupport
import Testing
import Torch
import VisionModels

@Suite struct TrainedProbeTests {
  private func config(_ method: ProbeProtocol, workers: Int = 0) -> TrainedProbe.Config {
    var config = TrainedProbe.Config(method)
    (config.epochs, config.batchSize, config.workers) = (20, 16, workers)
    // Far fewer steps than the protocols have.
    config.learningRate = [.dino: 1, .mae: 400, .beit: 0.1][method]
    return config
  }

  @Test(arguments: [ProbeProtocol.dino, .mae, .beit])
  func learnsWhatColoursTellTheSameWayEveryTime(method: ProbeProtocol) throws {
    try withColouredImages { dataset in
      let extractor = tinyExtractor(try tinyEncoder())
      var steps: [Int] = []
      let result = try TrainedProbe.evaluate(
        train: dataset, test: dataset, extractor: extractor, config: config(method), processes: .alone
      ) { progress in
        steps.append(progress.step)
        #expect(progress.totalSteps == 60 && (progress.loss == nil) == (progress.step <= 3))
      }
      #expect(steps == Array(1...60))
      #expect(result.top1 > 80 && result.top5 == 100, "\(result)")
      #expect(result.measuredOn.trainCount == 48 && result.measuredOn.testCount == 48)
      let again = try TrainedProbe.evaluate(
        train: dataset, test: dataset, extractor: extractor, config: config(method, workers: 2), processes: .alone)
      #expect(again == result)
      var other = config(method)
      other.seed = 1
      #expect(
        try TrainedProbe.evaluate(train: dataset, test: dataset, extractor: extractor, config: other, processes: .alone)
          != result)
    }
  }

  @Test func beitMeasuresEveryBlockAndNamesTheBest() throws {
    try withColouredImages { dataset in
      var config = self.config(.beit)
      config.epochs = 2
      let result = try TrainedProbe.evaluate(
        train: dataset, test: dataset, extractor: tinyExtractor(try tinyEncoder()), config: config, processes: .alone)
      let layers = try #require(result.byLayer)
      #expect(layers.map(\.layer) == Array(1...5))
      let best = try #require(layers.first { $0.top1 == layers.map(\.top1).max() })
      #expect(result.bestLayer == best.layer && result.top1 == best.top1 && result.loss == best.loss)
      #expect("\(result)".contains("block 5") && "\(result)".contains("block \(best.layer), the best of 5"))
      let object = try #require(
        JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any])
      #expect(object["protocol"] as? String == "beit" && (object["by_layer"] as? [Any])?.count == 5)
      #expect(object["top1"] as? Double == result.top1 && object["top5"] != nil && object["measured_on"] != nil)
    }
  }

  @Test func badSettingsAndDataAreToldBeforeAnyWork() throws {
    try withColouredImages(6) { dataset in
      let extractor = tinyExtractor(try tinyEncoder())
      func evaluate(_ config: TrainedProbe.Config, test: ImageDataset? = nil) throws {
        _ = try TrainedProbe.evaluate(
          train: dataset, test: test ?? dataset, extractor: extractor, config: config, processes: .alone)
      }
      #expect(throws: InvalidSetting.self) { try evaluate(.init(.simple)) }
      #expect(throws: InvalidSetting("batchSize", "16 is more than the 6 training images")) {
        try evaluate(self.config(.dino))
      }
      for change in [\TrainedProbe.Config.epochs, \.batchSize] {
        var config = self.config(.beit)
        config[keyPath: change] = 0
        #expect(throws: InvalidSetting.self) { try evaluate(config) }
      }
      var config = self.config(.beit)
      config.features = .mean
      #expect(throws: InvalidSetting.self) { try evaluate(config) }
      config = TrainedProbe.Config(.dino)
      #expect(throws: EvaluationError.tooFewImages(.test, count: 0, needed: 1)) {
        try evaluate(config, test: dataset.subset([]))
      }
      #expect(throws: EvaluationError.noClassToken) {
        _ = try TrainedProbe.evaluate(
          train: dataset, test: dataset, extractor: tinyExtractor(try tinyEncoder(classToken: false)), config: config,
          processes: .alone)
      }
    }
  }

  @Test func aLossThatIsNotFiniteEndsTheTraining() throws {
    try withColouredImages(12) { dataset in
      let encoder = try tinyEncoder()
      encoder.norm.bias.assign(Tensor.full([32], .nan))
      var config = TrainedProbe.Config(.dino)
      config.workers = 0
      #expect(throws: EvaluationError.probeDiverged(epoch: 1)) {
        try TrainedProbe.evaluate(
          train: dataset, test: dataset, extractor: tinyExtractor(encoder), config: config, processes: .alone)
      }
    }
  }

  /// Threads share out the passes of the encoder.
  @Test(arguments: [ProbeProtocol.dino, .beit]) func anyNumberOfThreadsGivesTheSame(method: ProbeProtocol) throws {
    try withColouredImages(70) { dataset in
      var config = TrainedProbe.Config(method)
      (config.epochs, config.batchSize, config.workers) = (2, 35, 1)
      func result(_ threads: Int) throws -> TrainedProbe.Result {
        try withEngineThreads(threads) {
          try TrainedProbe.evaluate(
            train: dataset, test: dataset, extractor: tinyExtractor(try tinyEncoder()), config: config,
            processes: .alone)
        }
      }
      let (one, three) = (try result(1), try result(3))
      #expect(abs(one.loss - three.loss) < 1e-5 && one.top1 == three.top1, "\(one.loss), \(three.loss)")
    }
  }

  @Test func theAutomaticBatchMakesSixteenStepsAnEpoch() {
    for (count, size) in [(2, 2), (63, 2), (64, 4), (1000, 32), (50_000, 1024), (1_281_167, 1024)] {
      #expect(TrainedProbe.Config.automaticBatchSize(count) == size, "\(count) images")
    }
  }
}

@Suite struct ProbeFeaturesTests {
  /// The features of eight images of noise, beside the encoder's own tokens.
  private func compare(
    _ method: ProbeProtocol, width: Int, kind: FeatureKind? = nil,
    _ body: (_ features: [Tensor], _ hidden: [Tensor], VisionTransformer) -> Void
  ) throws {
    try withFolder { folder in
      for number in 0..<8 {
        var noise = Noise(UInt64(number) + 1)
        let pixels = (0..<192).map { _ in UInt8(127 + 120 * noise.next()) }
        try ImageEncoder.png(PixelImage(width: 8, height: 8, pixels: pixels))
          .write(to: folder.appendingPathComponent("\(number).png"))
      }
      let encoder = try tinyEncoder(width: width)
      let extractor = tinyExtractor(encoder)
      let loader = try extractor.loader(of: try ImageDataset(paths: [folder.path]), workers: 0, processes: .alone)
      let batch = try #require(try loader.batches(epoch: 0).next())
      var config = TrainedProbe.Config(method)
      config.features = kind
      let features = try ProbeFeatures(extractor, config)(batch.views[0])
      let bytes = Tensor(Array(batch.views[0].bytes), shape: [8, 8, 8, 3])
      let patchifier = Patchifier(grid: encoder.config.grid, patchSize: 4, normalization: .imageNet, device: .cpu)
      noGrad {
        let patches = patchifier.normalized(patchifier.patches(bytes)).reshaped([8, 4, 48])
        body(features, encoder.hiddenTokens(patches, afterBlocks: [1, 2, 3, 4, 5]), encoder)
      }
    }
  }

  private func isNear(_ left: Tensor, _ right: Tensor) -> Bool {
    left.shape == right.shape && (left - right).absolute().maximum([]).item() < 1e-5
  }

  private func both(_ tokens: Tensor) -> Tensor {
    Tensor.concatenate([tokens.selected(1, 0), tokens.narrowed(1, start: 1, count: 4).mean([1])], along: 1)
  }

  @Test func dinoTakesTheClassTokensOfTheLastFourBlocks() throws {
    try compare(.dino, width: 32) { features, hidden, encoder in
      let wanted = hidden.suffix(4).map { encoder.norm($0).selected(1, 0) }
      #expect(features.count == 1 && isNear(features[0], Tensor.concatenate(wanted, along: 1)))
    }
  }

  @Test func dinoTakesClassTokenAndMeanOfAWideEncoder() throws {
    try compare(.dino, width: 768) { features, hidden, encoder in
      #expect(features.count == 1 && isNear(features[0], both(encoder.norm(hidden[4]))))
    }
  }

  @Test func maeTakesTheClassTokenOrTheMean() throws {
    try compare(.mae, width: 32) { features, hidden, encoder in
      #expect(features.count == 1 && isNear(features[0], encoder.norm(hidden[4]).selected(1, 0)))
    }
    try compare(.mae, width: 32, kind: .mean) { features, hidden, encoder in
      #expect(isNear(features[0], both(encoder.norm(hidden[4])).narrowed(1, start: 32, count: 32)))
    }
  }

  @Test func dinoTakesOneOutputWhereAsked() throws {
    try compare(.dino, width: 32, kind: .mean) { features, hidden, encoder in
      #expect(isNear(features[0], both(encoder.norm(hidden[4])).narrowed(1, start: 32, count: 32)))
    }
  }

  @Test func beitTakesEveryBlockWithoutNormalisation() throws {
    try compare(.beit, width: 32) { features, hidden, _ in
      #expect(features.count == 5)
      for (values, tokens) in zip(features, hidden) { #expect(isNear(values, both(tokens))) }
    }
  }
}

@Suite struct ProbeScheduleTests {
  private func schedule(_ method: ProbeProtocol, epochs: Int?, batchSize: Int, images: Int) throws -> ProbeSchedule {
    var config = TrainedProbe.Config(method)
    (config.epochs, config.batchSize) = (epochs, batchSize)
    return try ProbeSchedule(config, imageCount: images, processes: .alone)
  }

  @Test func dinoAndBeitFallByHalfACosineEpochByEpoch() throws {
    for method in [ProbeProtocol.dino, .beit] {
      let schedule = try schedule(method, epochs: 4, batchSize: 1024, images: 2500)
      #expect(schedule.stepsPerEpoch == 2 && schedule.totalSteps == 8)
      let wanted = [1, 1, 0.853553391, 0.853553391, 0.5, 0.5, 0.146446609, 0.146446609].map { $0 * 0.004 }
      for (step, rate) in wanted.enumerated() { #expect(abs(schedule.rate(step) - rate) < 1e-10) }
    }
  }

  @Test func maeWarmsUpStepByStepAndFallsToZero() throws {
    let schedule = try schedule(.mae, epochs: nil, batchSize: 16_384, images: 16_384 * 2)
    #expect(schedule.totalSteps == 180)
    #expect(schedule.rate(0) == 0 && abs(schedule.rate(10) - 3.2) < 1e-9 && abs(schedule.rate(20) - 6.4) < 1e-9)
    #expect(abs(schedule.rate(100) - 3.2) < 1e-9 && schedule.rate(179) < 1e-3 && schedule.rate(179) > 0)
  }
}
