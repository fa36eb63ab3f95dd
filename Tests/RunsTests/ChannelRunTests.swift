import Evaluation
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import Runs
import SelfSupervision
import SplitMaskCore
import TestSupport
import Testing
import Torch
import Training
import VisionModels

/// Runs on images that are no photographs: five channels of 16 bits.
@Suite struct ChannelRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try writeChannelImages(to: folder, under: "train", count: 24, channels: 5)
    try writeChannelImages(to: folder, under: "test", count: 8, channels: 5)
  }

  private func run(_ name: String) -> RunFolder { RunFolder(at: folder.file(name)) }

  private func config(_ method: PretrainingMethod, _ change: (inout PretrainConfig) -> Void = { _ in })
    -> PretrainConfig
  {
    var config = PretrainConfig(method: method)
    config.device = .cpu
    config.data.images = [folder.path("train")]
    config.data.workers = 0
    config.model = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (config.model.width, config.model.depth, config.model.headCount) = (32, 2, 2)
    (config.tokenizer.vocabulary, config.splitmask.decoder.depth) = (32, 1)
    (config.dino.outputDimension, config.dino.crops.localCount) = (64, 2)
    (config.training.steps, config.training.batchSize, config.training.learningRate) = (4, 8, 1e-3)
    (config.training.checkpointEvery, config.training.logEvery) = (2, 1)
    change(&config)
    return config
  }

  private func train(_ config: PretrainConfig, in folder: RunFolder, resuming: Bool = false, until last: Int? = nil)
    throws
  {
    let stop = StopFlag()
    let outcome = try PretrainingRun(config).train(RunRequest(folder.url, resuming: resuming, stop: stop)) { event in
      if case .progressed(let progress) = event, progress.step == last { stop.request() }
    }
    #expect(outcome == (last == nil ? .completed : .interrupted))
  }

  @Test(arguments: PretrainingMethod.allCases)
  func everyMethodTakesFiveChannels(method: PretrainingMethod) throws {
    let run = run("run")
    try train(config(method), in: run)
    let loaded = try EncoderFile.read(run.encoder)
    #expect(loaded.encoder.patchEmbed.proj.weight.value.shape == [32, 5, 4, 4])
    let format = try #require(loaded.normalization.format)
    #expect(format.sampleType == .uint16 && format.channels.map(\.source) == [1, 2, 3, 4, 5])
    #expect(loaded.normalization.mean.count == 5)
    let saved = try PretrainConfig.ofRun(in: run.url)
    #expect(saved.normalization == loaded.normalization && saved.model.channels == 5)
    // Methods that make something up show every channel of it.
    let pictures = (try? FileManager.default.contentsOfDirectory(atPath: run.pictures.path)) ?? []
    let makesUp = [PretrainingMethod.splitmask, .beit, .mae].contains(method)
    #expect(pictures.contains { $0.hasPrefix("channels-") } == makesUp)
    if let name = pictures.first(where: { $0.hasPrefix("channels-") }) {
      let image = try EncodedImage(Data(contentsOf: run.pictures.appending(path: name))).decode()
      #expect(image.height >= 5 * 18 - 2)
    }
  }

  @Test(arguments: [PatchTokenizer.Kind.randomProjection, .randomPatches, .kMeans])
  func everyKindOfWordsIsOfFiveChannels(kind: PatchTokenizer.Kind) throws {
    let run = run("run")
    try train(
      config(.splitmask) {
        $0.tokenizer.kind = kind
        $0.tokenizer.samples = 200
        $0.tokenizer.centerPatches = true
      }, in: run)
    #expect(try PatchTokenizer.load(from: run.tokenizer, device: .cpu).prototypes.shape == [32, 5 * 4 * 4])
  }

  @Test func dallesWordsAreOfPhotographs() throws {
    let asked = config(.splitmask) {
      $0.tokenizer.kind = .dalle
      $0.tokenizer.weights = folder.path("train/a/image0.npy")
      $0.tokenizer.vocabulary = 8192
    }
    let error = #expect(throws: InvalidSetting.self) { try PretrainingRun(asked) }
    #expect(error?.description.contains("8-bit photographs") == true)
  }

  @Test func aStoppedRunEndsInTheSameBytes() throws {
    try train(config(.splitmask), in: run("whole"))
    try train(config(.splitmask), in: run("part"), until: 2)
    try train(PretrainConfig.ofRun(in: run("part").url), in: run("part"), resuming: true)
    #expect(try haveSameBytes(run("part").encoder, run("whole").encoder))
  }

  @Test func theEncoderOfARunSeesTheImagesAsTheRunDid() throws {
    let run = run("run")
    try train(config(.splitmask), in: run)
    let source = try EncoderSource(named: run.url.path)
    let images = try ImageDataset(paths: [folder.path("test")], labelled: true)
    let pixels = try source.pixels(for: images)
    #expect(pixels.notes.isEmpty)
    let extractor = FeatureExtractor(try source.load(pixels: pixels.normalization))
    let loader = try extractor.loader(of: images, batchSize: 4, workers: 0, processes: .alone)
    let table = try extractor.extract(from: loader, processes: .alone)
    #expect(table.count == 8 && table.skipped.isEmpty)
  }

  @Test func imagesThatTheEncoderCannotSeeAreRefused() throws {
    let run = run("run")
    try train(config(.splitmask), in: run)
    try writeChannelImages(to: folder, under: "other", count: 2, channels: 3)
    let images = try ImageDataset(paths: [folder.path("other")])
    let error = #expect(throws: DatasetError.self) { try EncoderSource(named: run.url.path).pixels(for: images) }
    #expect(error?.description.contains("the encoder sees 5 channels of uint16, and 2 such as") == true)
  }

  @Test func anEncoderOfPhotographsIsAdapted() throws {
    var generator = SplitMix64(state: 1)
    var shape = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (shape.width, shape.depth, shape.headCount) = (32, 2, 2)
    let file = folder.file("rgb.safetensors")
    try EncoderFile.write(VisionTransformer(shape, using: &generator), normalization: .imageNet, to: file)
    let images = try ImageDataset(paths: [folder.path("train")])
    let source = EncoderSource.file(file)
    let pixels = try source.pixels(for: images)
    #expect(pixels.notes.contains { $0.contains("spread over 5 channels") })
    let loaded = try source.load(pixels: pixels.normalization)
    let own = try EncoderFile.read(file).encoder.patchEmbed.proj.weight.value
    let adapted = loaded.encoder.patchEmbed.proj.weight.value
    #expect(adapted.shape == [32, 5, 4, 4])
    for (channel, color) in [0, 1, 2, 0, 1].enumerated() {
      let expected = (own.selected(1, color) * 0.6).array(of: Float.self)
      let found = adapted.selected(1, channel).array(of: Float.self)
      #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  @Test func fineTuningLearnsWhatOneChannelTells() throws {
    let run = run("tuned")
    var config = FineTuneConfig()
    config.device = .cpu
    (config.data.train, config.data.test) = ([folder.path("train")], [folder.path("test")])
    config.data.workers = 0
    config.model = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (config.model.width, config.model.depth, config.model.headCount) = (32, 2, 2)
    (config.training.steps, config.training.batchSize, config.training.learningRate) = (60, 8, 3e-3)
    config.mixing.probability = 0
    let tuning = try FineTuningRun(config)
    _ = try tuning.train(RunRequest(run.url)) { _ in }
    #expect(tuning.result?.top1 == 100)
    #expect(try FineTuneConfig.ofRun(in: run.url).normalization?.format?.fileChannelCount == 5)
  }
}
