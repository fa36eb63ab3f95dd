import Classification
import Foundation
import ImageCoding
import ImageData
import ImageTransforms
import Runs
import Settings
import ShapesData
import SplitMaskCore
import TestSupport
import Testing
import Training
import VisionModels

/// Tiny fine-tuning runs on a few composed pictures.
final class TinyFineTuning {
  let url: URL

  init(images: Int = 40) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent("finetuning-\(UUID().uuidString)")
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (images, 32, 32, 0.5)
    try ShapesDataset(config: config).write(to: url.appendingPathComponent("data"), workers: 1)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func folder(_ name: String) -> RunFolder { RunFolder(at: url.appendingPathComponent(name)) }

  func config(_ change: (inout FineTuneConfig) -> Void = { _ in }) -> FineTuneConfig {
    var config = FineTuneConfig()
    config.device = .cpu
    config.data.train = [url.appendingPathComponent("data/train").path]
    config.data.test = [url.appendingPathComponent("data/val").path]
    config.data.workers = 0
    config.model = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (config.model.width, config.model.depth, config.model.headCount) = (32, 2, 2)
    (config.training.steps, config.training.batchSize, config.training.learningRate) = (8, 4, 1e-3)
    (config.training.checkpointEvery, config.training.logEvery) = (2, 1)
    change(&config)
    return config
  }

  @discardableResult
  func train(
    _ config: FineTuneConfig, in folder: RunFolder, resuming: Bool = false, stoppingAfter last: Int? = nil
  ) throws -> FineTuningRun {
    let stop = StopFlag()
    let run = try FineTuningRun(config)
    let outcome = try run.train(RunRequest(folder.url, resuming: resuming, stop: stop)) { event in
      if case .progressed(let progress) = event, progress.step == last { stop.request() }
    }
    #expect(outcome == (last == nil ? .completed : .interrupted))
    return run
  }
}

@Suite struct FineTuningRunTests {
  @Test(arguments: [FineTuningRegime.standard, .smallData])
  func resumedRunEndsInTheSameBytes(regime: FineTuningRegime) throws {
    let runs = try TinyFineTuning()
    let config = runs.config { $0.regime = regime }
    let whole = try runs.train(config, in: runs.folder("whole"))
    try runs.train(config, in: runs.folder("part"), stoppingAfter: 4)
    let part = try runs.train(config, in: runs.folder("part"), resuming: true)
    #expect(try haveSameBytes(runs.folder("part").classifier, runs.folder("whole").classifier))
    #expect(part.result == whole.result && whole.result != nil)
    #expect(try haveSameBytes(runs.folder("part").bestClassifier, runs.folder("whole").bestClassifier))
  }

  @Test func whatCannotBeLearnedOrJudgedIsRefused() throws {
    let runs = try TinyFineTuning()
    let same = runs.config { $0.data.test = $0.data.train }
    let error = #expect(throws: InvalidSetting.self) { try FineTuningRun(same) }
    #expect(error?.description.contains("among the training images") == true)
    let classes = try FileManager.default.contentsOfDirectory(atPath: same.data.train[0]).sorted()
    let one = runs.url.appendingPathComponent("one")
    try FileManager.default.createDirectory(at: one, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: same.data.train[0] + "/" + classes[0], toPath: one.appendingPathComponent(classes[0]).path)
    let single = #expect(throws: DatasetError.self) {
      try FineTuningRun(runs.config { ($0.data.train, $0.data.test) = ([one.path], []) })
    }
    #expect(single?.description.contains("of one class, '\(classes[0])'") == true)
  }

  @Test func otherTestImagesAreRefused() throws {
    let runs = try TinyFineTuning()
    let folder = runs.folder("run")
    try runs.train(runs.config(), in: folder, stoppingAfter: 2)
    let images = runs.url.appendingPathComponent("data/val")
    let names = try FileManager.default.subpathsOfDirectory(atPath: images.path).filter { $0.hasSuffix(".jpg") }
      .sorted()
    try FileManager.default.removeItem(at: images.appendingPathComponent(names[0]))
    let error = #expect(throws: ChangedSettings.self) { try runs.train(runs.config(), in: folder, resuming: true) }
    #expect(error?.changes.first?.hasPrefix("test images: ") == true)
  }

  @Test func classifierLearnsItsTrainingImages() throws {
    let runs = try TinyFineTuning(images: 24)
    let config = runs.config {
      ($0.data.test, $0.data.allowOverlap) = ($0.data.train, true)
      ($0.regime, $0.mixing.probability, $0.erasing.probability) = (.standard, 0, 0)
      $0.augmentation.cropScale = 1...1
      $0.augmentation.cropRatio = 1...1
      $0.augmentation.randAugment = RandAugment.Config()
      $0.augmentation.randAugment!.probability = 0
      ($0.evaluation.cropRatio, $0.model.stochasticDepthRate) = (1, 0)
      ($0.training.steps, $0.training.learningRate, $0.evaluation.everyEpochs) = (240, 3e-3, 1000)
    }
    let result = try #require(try runs.train(config, in: runs.folder("run")).result)
    #expect(result.top1 > 90, "top-1 \(result.top1)")
    #expect(result.top5 >= result.top1)
  }

  @Test func regimeFollowsTheNumberOfLabels() {
    let small = FineTuneConfig().resolved(imageCount: 54_999, device: .cpu, processes: .alone)
    #expect(small.regime == .smallData && small.layerDecay == 0.65 && small.repeats == 1)
    #expect(small.augmentation.randAugment?.magnitude == 9 && small.training.clipping == .none)
    let large = FineTuneConfig().resolved(imageCount: 55_000, device: .cpu, processes: .alone)
    #expect(large.regime == .standard && large.layerDecay == 1 && large.repeats == 3)
    #expect(large.augmentation.randAugment?.magnitude == 7)
    #expect(large.config.resolved(imageCount: 55_000, device: .cpu, processes: .alone) == large)
    // Table 9: 1.4e-4 and 4e-3 at a batch of 1,024.
    var table = FineTuneConfig()
    table.training.batchSize = 1024
    #expect(table.resolved(imageCount: 100_000, device: .cpu, processes: .alone).training.learningRate == 1.4e-4)
    #expect(table.resolved(imageCount: 10_000, device: .cpu, processes: .alone).training.learningRate == 4e-3)
  }

  @Test func impossibleSettingsAreNamed() throws {
    let runs = try TinyFineTuning()
    func key(_ change: (inout FineTuneConfig) -> Void) -> String? {
      #expect(throws: InvalidSetting.self) { try FineTuningRun(runs.config(change)) }?.key
    }
    #expect(key { $0.data.train = [] } == "data.train")
    #expect(key { $0.training.batchSize = 5 } == "training.batchSize")
    #expect(key { $0.layerDecay = 0 } == "layerDecay")
    #expect(key { $0.evaluation.cropRatio = 1.5 } == "evaluation.cropRatio")
  }

  @Test func unknownTestClassIsNamed() throws {
    let runs = try TinyFineTuning()
    let foreign = runs.url.appendingPathComponent("foreign/zebra")
    try FileManager.default.createDirectory(at: foreign, withIntermediateDirectories: true)
    let pixels = PixelImage(width: 8, height: 8, pixels: [UInt8](repeating: 9, count: 192))
    try ImageEncoder.png(pixels).write(to: foreign.appendingPathComponent("one.png"))
    let error = #expect(throws: DatasetError.self) {
      try FineTuningRun(runs.config { $0.data.test = [foreign.deletingLastPathComponent().path] })
    }
    #expect("\(error!)".contains("zebra"))
  }
}
