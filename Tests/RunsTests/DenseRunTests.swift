import DenseTasks
import Foundation
import ImageCoding
import Runs
import ShapesData
import SplitMaskCore
import Testing
import Training
import TrainingCost
import VisionModels

/// Tiny runs of detection and segmentation on a few composed pictures.
final class TinyDense {
  let url: URL
  var costs: CostStore { CostStore(url.appending(path: "costs"), trustsBusyMachine: true) }

  init(images: Int = 24, channels: Int = 3, bits: Int = 8) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "dense-runs-\(UUID().uuidString)")
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height) = (images, 48, 48)
    (config.channels, config.bits) = (channels, bits)
    try ShapesDataset(config: config).write(to: url.appending(path: "data"), workers: 1)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  private func path(_ name: String) -> String { url.appending(path: "data/" + name).path }

  private var model: VisionTransformer.Config {
    var model = VisionTransformer.Config(.tiny, imageSize: ImageSize(32))
    (model.width, model.depth, model.headCount) = (16, 4, 2)
    return model
  }

  func detection(_ change: (inout DetectionConfig) -> Void = { _ in }) -> DetectionConfig {
    var config = DetectionConfig()
    (config.device, config.model, config.data.workers) = (.cpu, model, 0)
    (config.data.images, config.data.annotations) = (path(""), path("instances_train.json"))
    (config.data.testImages, config.data.testAnnotations) = (path(""), path("instances_val.json"))
    (config.detector.channels, config.detector.hiddenWidth, config.detector.sampler.count) = (8, 16, 16)
    config.detector.proposals.proposalCount = 20
    (config.augmentation.shortSides, config.augmentation.longSide) = ([48], 64)
    (config.augmentation.cropShortSides, config.augmentation.cropSides) = ([48], [32, 48])
    config.fitSizes(explicit: [])
    (config.training.steps, config.training.batchSize, config.training.replicas) = (2, 2, 2)
    change(&config)
    return config
  }

  func segmentation(_ change: (inout SegmentationConfig) -> Void = { _ in }) -> SegmentationConfig {
    var config = SegmentationConfig()
    (config.device, config.model, config.data.workers) = (.cpu, model, 0)
    (config.data.folder, config.data.split, config.data.testSplit) = (path(""), "train", "val")
    (config.segmenter.channels, config.segmenter.auxiliaryChannels) = (8, 8)
    (config.augmentation.shortSide, config.augmentation.cropSize) = (48, 48)
    config.fitSizes(explicit: [])
    (config.training.steps, config.training.batchSize, config.training.replicas) = (2, 4, 2)
    change(&config)
    return config
  }
}

@Suite struct DenseRunTests {
  /// Two replicas, each with an encoder of its own, make one detector; the plan says what it takes.
  @Test func aDetectorIsPlannedAndTrainedByReplicas() throws {
    let runs = try TinyDense()
    let run = try DetectionRun(runs.detection(), costs: runs.costs)
    let expectation = try #require(run.plan.expectation)
    #expect(expectation.seconds > 0 && expectation.memory > 1 << 20 && expectation.disk > 0)
    #expect(run.plan.model?.contains("Mask R-CNN") == true)
    #expect(run.result == nil)
    let folder = RunFolder(at: runs.url.appending(path: "run"))
    #expect(try run.train(RunRequest(folder.url)) { _ in } == .completed)
    #expect(run.result != nil && FileManager.default.fileExists(atPath: folder.detector.path))
  }

  @Test func aSegmenterIsPlannedAndTrainedByReplicas() throws {
    let runs = try TinyDense()
    let run = try SegmentationRun(runs.segmentation(), costs: runs.costs)
    let expectation = try #require(run.plan.expectation)
    #expect(expectation.seconds > 0 && expectation.memory > 1 << 20 && expectation.disk > 0)
    #expect(run.plan.model?.contains("UPerNet") == true)
    let folder = RunFolder(at: runs.url.appending(path: "run"))
    #expect(try run.train(RunRequest(folder.url)) { _ in } == .completed)
    #expect(run.result != nil && FileManager.default.fileExists(atPath: folder.segmenter.path))
  }

  /// What a network was trained on goes with its file, and `predict` and `evaluate` see images the same way.
  @Test func detectorsAndSegmentersSeeFiveChannels() throws {
    let runs = try TinyDense(channels: 5, bits: 16)
    let (detector, segmenter) = (runs.url.appending(path: "detector"), runs.url.appending(path: "segmenter"))
    let detection = try DetectionRun(runs.detection())
    #expect(try detection.train(RunRequest(detector)) { _ in } == .completed)
    let segmentation = try SegmentationRun(runs.segmentation())
    #expect(try segmentation.train(RunRequest(segmenter)) { _ in } == .completed)
    #expect(detection.result != nil && segmentation.result != nil)
    let formats = [
      try Detector(reading: RunFolder(at: detector).detector).normalization.format,
      try Segmenter(reading: RunFolder(at: segmenter).segmenter).normalization.format,
    ]
    for format in formats {
      #expect(format?.sampleType == .uint16 && format?.channels.map(\.source) == [1, 2, 3, 4, 5])
    }
  }

  /// Updates that take long are measured on smaller images, and the plan is of the large ones.
  @Test func largeImagesAreMeasuredSmall() throws {
    let runs = try TinyDense()
    // Objects that large anchors match on the images as they are trained on, and not on smaller ones.
    func seconds(_ side: Int, anchorScale: Double = 8) throws -> Double {
      let config = runs.detection {
        $0.detector.proposals.anchors.scale = anchorScale
        ($0.augmentation.shortSides, $0.augmentation.longSide, $0.data.testAnnotations) = ([side], 2 * side, nil)
        ($0.augmentation.cropProbability, $0.data.testImages) = (0, nil)
      }
      return try #require(try DetectionRun(config, costs: runs.costs).plan.expectation?.seconds)
    }
    let start = ContinuousClock.now
    let large = try seconds(4000)
    #expect(ContinuousClock.now - start < .seconds(60))
    let small = try seconds(200)
    #expect(large > 50 * small)
    #expect(try seconds(4000, anchorScale: 300) > 50 * small)
  }

  @Test func otherPresetsAreNamedWithTheirTimes() throws {
    let runs = try TinyDense()
    let config = runs.segmentation { $0.training.steps = nil }
    let paper = try config.applying(preset: DensePreset.paper)
    let plan = try SegmentationRun(config, costs: runs.costs, others: [paper]).plan
    let others = try #require(plan.alternatives)
    #expect(others.map(\.option) == ["--steps \(plan.totalSteps / 4)", "--preset paper"])
    // 160,000 updates of the same batch.
    let ratio = others[1].seconds / plan.expectation!.seconds
    #expect(ratio > 0.9 * 160_000 / Double(plan.totalSteps) && ratio < 1.01 * 160_000 / Double(plan.totalSteps))
  }

  /// Swin's and XCiT's 36 epochs, BEiT's 160,000 updates: rates in proportion to sixteen images an update.
  @Test func thePublishedOptimizationIsTaken() throws {
    let runs = try TinyDense(images: 40)
    let detection = try DetectionRun(runs.detection { ($0.training.steps, $0.training.replicas) = (20_000, 1) })
      .config.training
    #expect(abs(try #require(detection.learningRate) - 1e-4 * 2 / 16) < 1e-12)
    #expect(detection.schedule == .threeTimes && detection.warmupSteps == 500 && detection.weightDecay == 0.05)
    #expect(detection.clipping == .some(.none) && detection.minimumLearningRate == 0)
    let asked = runs.segmentation { ($0.training.steps, $0.training.replicas) = (160_000, 1) }
    let segmentation = try SegmentationRun(asked).config.training
    #expect(abs(try #require(segmentation.learningRate) - 7e-4 * 4 / 16) < 1e-12)
    #expect(segmentation.schedule == .linear && segmentation.warmupSteps == 1500 && segmentation.weightDecay == 0.05)
    #expect(segmentation.clipping == .some(.none) && segmentation.minimumLearningRate == 0)
  }

  @Test func halfATestSetIsRefused() throws {
    let runs = try TinyDense()
    for missing in ["data.testAnnotations", "data.testImages"] {
      let config = runs.detection {
        if missing == "data.testImages" { $0.data.testImages = nil } else { $0.data.testAnnotations = nil }
      }
      let error = #expect(throws: InvalidSetting.self) { try DetectionRun(config) }
      #expect(error?.key == missing && error?.description.contains("--test-annotations") == true)
    }
  }
}
