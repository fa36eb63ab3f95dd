import Evaluation
import Foundation
import ImageCoding
import Runs
import SelfSupervision
import SplitMaskCore
import TestSupport
import Testing
import Torch
import Training
import VisionModels

/// Pretraining that goes on from an encoder.
@Suite struct ContinuedRunTests {
  private let folder: TemporaryFolder
  private let start: VisionTransformer

  init() throws {
    folder = try TemporaryFolder()
    for number in 0..<16 {
      try folder.write(try picture(number, width: 20, height: 20), to: "train/\(number % 2)/\(number).png")
    }
    var random = SplitMix64(state: 3)
    start = try VisionTransformer(Self.shape(), using: &random)
    try EncoderFile.write(start, normalization: Self.pixels, to: folder.file("start.safetensors"))
  }

  private static let pixels = PixelNormalization(mean: [0.4, 0.5, 0.6], standardDeviation: [0.2, 0.25, 0.3])

  private static func shape(registers: Int = 0) -> VisionTransformer.Config {
    var shape = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (shape.width, shape.depth, shape.headCount, shape.registers) = (32, 2, 2, registers)
    return shape
  }

  private func run(_ name: String) -> RunFolder { RunFolder(at: folder.file(name)) }

  private func config(_ method: PretrainingMethod = .splitmask, _ change: (inout PretrainConfig) -> Void = { _ in })
    -> PretrainConfig
  {
    var config = PretrainConfig(method: method)
    (config.device, config.data.images, config.data.workers) = (.cpu, [folder.path("train")], 0)
    config.encoder = folder.path("start.safetensors")
    config.model.imageSize = ImageSize(16)
    (config.tokenizer.vocabulary, config.splitmask.decoder.depth) = (32, 1)
    (config.dino.outputDimension, config.dino.crops.localCount) = (64, 2)
    (config.training.steps, config.training.batchSize, config.training.learningRate) = (6, 8, 1e-2)
    (config.training.checkpointEvery, config.training.logEvery, config.training.warmupSteps) = (2, 1, 4)
    change(&config)
    return config
  }

  @discardableResult private func train(
    _ config: PretrainConfig, in folder: RunFolder, resuming: Bool = false, until last: Int? = nil
  ) throws -> PretrainingRun {
    let stop = StopFlag()
    let run = try PretrainingRun(config)
    _ = try run.train(RunRequest(folder.url, resuming: resuming, stop: stop)) { event in
      if case .progressed(let progress) = event, progress.step == last { stop.request() }
    }
    return run
  }

  private func encoder(of run: RunFolder) throws -> [String: Tensor] {
    try EncoderFile.read(run.encoder).encoder.stateDictionary
  }

  private func moved(_ state: [String: Tensor]) -> [String] {
    start.stateDictionary.filter { !$0.value.hasSameValues(as: state[$0.key]!) }.keys.sorted()
  }

  @Test(arguments: [PretrainingMethod.splitmask, .beit, .mae, .dino])
  func anEncoderThatRestsStaysAsItCame(method: PretrainingMethod) throws {
    let resting = run("resting")
    try train(
      config(method) {
        $0.training.warmupSteps = 6; $0.continuation.rest = 1
      }, in: resting)
    #expect(moved(try encoder(of: resting)) == [])
    let going = run("going")
    try train(config(method), in: going)
    #expect(moved(try encoder(of: going)).contains("blocks.0.attn.qkv.weight"))
  }

  @Test func whatItComesWithIsKept() throws {
    let run = run("run")
    let made = try train(config { $0.model.imageSize = ImageSize(24) }, in: run)
    let saved = try PretrainConfig.ofRun(in: run.url)
    #expect(saved.model.embeddingDimension == 32 && saved.model.imageSize == ImageSize(24))
    #expect(saved.normalization == Self.pixels && saved.encoderDigest?.count == 32)
    let notes = made.recipe.notes.joined(separator: "\n")
    #expect(notes.contains("resampled from 4 x 4 patches to 6 x 6"), "\(notes)")
    #expect(notes.contains("which rests for 2 updates") && notes.contains("is then 0.03 of the others'"), "\(notes)")
  }

  @Test func ratesAreLowerTheEarlierALayerIs() throws {
    let task = ContinuedTask(
      try PretrainingRun(config()).recipe.task(TaskRequest(.alone)).task, Continuation(), depth: 2, restSteps: 0)
    var scales: [String: Double] = [:]
    for group in task.parameterGroups(weightDecay: 0.1) {
      for named in group.parameters { scales[named.key] = group.learningRateScale }
    }
    #expect(scales.count == task.model.namedParameters.filter(\.parameter.value.requiresGradient).count)
    #expect(scales["encoder.patch_embed.proj.weight"] == 0.03 * pow(0.75, 3))
    #expect(scales["encoder.blocks.1.mlp.fc1.weight"] == 0.03 * 0.75 && scales["encoder.norm.weight"] == 0.03)
    #expect(scales["decoder.head.weight"] == 1)
  }

  @Test func aRunThatWasStoppedGoesOnToTheSameBitsWithoutTheFile() throws {
    try train(config(), in: run("whole"))
    let stopped = run("stopped")
    try train(config(), in: stopped, until: 3)
    let saved = try PretrainConfig.ofRun(in: stopped.url)
    try FileManager.default.removeItem(at: folder.file("start.safetensors"))
    try train(saved, in: stopped, resuming: true)
    #expect(try Data(contentsOf: stopped.encoder) == Data(contentsOf: run("whole").encoder))
  }

  @Test func aFileThatChangedSinceTheRunBeganIsRefused() throws {
    let run = run("run")
    try train(config(), in: run, until: 1)
    let saved = try PretrainConfig.ofRun(in: run.url)
    for step in try run.checkpointSteps() { try FileManager.default.removeItem(at: run.checkpoint(step)) }
    var random = SplitMix64(state: 4)
    let other = try VisionTransformer(Self.shape(), using: &random)
    try EncoderFile.write(other, normalization: Self.pixels, to: folder.file("start.safetensors"))
    let error = #expect(throws: InvalidSetting.self) { try train(saved, in: run, resuming: true) }
    #expect(error?.problem.contains("is not what it was when the run began") == true)
  }

  private func writeMoreImages() throws {
    for number in 16..<48 {
      try folder.write(try picture(number, width: 20, height: 20), to: "train/\(number % 2)/\(number).png")
    }
  }

  @Test func aWatchedRunThatWasStoppedGoesOnToTheSameBitsAndLog() throws {
    try writeMoreImages()
    func watched(_ isWatched: Bool = true) -> PretrainConfig {
      config {
        ($0.training.steps, $0.training.batchSize, $0.training.checkpointEvery) = (90, 16, 40)
        $0.onlineProbe = isWatched
      }
    }
    try train(watched(), in: run("whole"))
    try train(watched(), in: run("stopped"), until: 50)
    try train(PretrainConfig.ofRun(in: run("stopped").url), in: run("stopped"), resuming: true)
    #expect(try Data(contentsOf: run("stopped").encoder) == Data(contentsOf: run("whole").encoder))
    func log(_ name: String) throws -> [Double] {
      try MetricsLog.rows(of: run(name).metrics).compactMap { $0["knn_top1"] }
    }
    #expect(try log("whole").count == 6 && log("stopped") == log("whole"))
    try train(watched(false), in: run("unwatched"))
    #expect(try log("unwatched").isEmpty)
    #expect(try Data(contentsOf: run("unwatched").encoder) == Data(contentsOf: run("whole").encoder))
  }

  @Test func whatGoingOnCostIsSaid() throws {
    try writeMoreImages()
    let run = run("run")
    let made = try train(
      config {
        ($0.training.steps, $0.training.batchSize, $0.training.warmupSteps) = (90, 16, 90)
        $0.continuation.rest = 1
      }, in: run)
    let log = try MetricsLog.rows(of: run.metrics).filter { $0["knn_top1"] != nil }
    #expect(log.map(\.step) == [0, 18, 36, 54, 72, 90])
    #expect(Set(log.map { $0["knn_top1"]! }).count == 1, "an encoder that rests stays as it came")
    let check = try #require(try made.continuationCheck(in: run.url))
    #expect(check.imageCount == 24 && check.before == check.after && (0...1).contains(check.before))
    #expect(check.sentence.contains("no more of a difference than chance makes"))
    let worse = ContinuationCheck(imageCount: 1000, before: 0.85, after: 0.78).sentence
    #expect(worse.contains("85.0 % of 1,000 images") && worse.contains("has cost some of what it came with"))
    #expect(
      ContinuationCheck(imageCount: 1000, before: 0.7, after: 0.8).sentence.hasSuffix(
        "80.0 % with the encoder as it is now."))
    let fresh = try train(
      config {
        $0.encoder = nil; $0.model = Self.shape()
      }, in: self.run("fresh"))
    #expect(try fresh.continuationCheck(in: self.run("fresh").url) == nil)
  }

  @Test func aFallBelowWhatItCameWithIsWarnedOf() throws {
    for number in 16..<400 {
      // Colour alone tells the classes apart, which random weights see and careless learning destroys.
      let colour: [UInt8] = number % 2 == 0 ? [200, 60, 60] : [60, 60, 200]
      let image = PixelImage(width: 20, height: 20, pixels: Array(repeatElement(colour, count: 400).joined()))
      try folder.write(try ImageEncoder.png(image), to: "train/\(number % 2)/\(number).png")
    }
    let run = run("run")
    var warnings: [String] = []
    let careless = config {
      ($0.training.steps, $0.training.batchSize, $0.training.warmupSteps) = (400, 32, 0)
      ($0.continuation.rest, $0.continuation.learningRateScale, $0.continuation.layerDecay) = (0, 1, 1)
      $0.training.learningRate = 10
    }
    _ = try PretrainingRun(careless).train(RunRequest(run.url)) {
      if case .warned(let text) = $0 { warnings.append(text) }
    }
    #expect(warnings.count { $0.contains("has cost some of what it came with") } == 1)
  }

  @Test func patchesMayBeOfAnotherSize() throws {
    let run = run("run")
    let made = try train(config { $0.continuation.patchSize = 8 }, in: run)
    #expect(try EncoderFile.read(run.encoder).encoder.patchEmbed.proj.weight.value.shape == [32, 3, 8, 8])
    #expect(made.recipe.notes.contains { $0.contains("resampled to 8 x 8 pixels") })
    #expect(made.recipe.notes.contains { $0.contains("resampled from 4 x 4 patches to 2 x 2") })
  }

  @Test(arguments: [PretrainingMethod.splitmask, .beit]) func rotaryPositionsGoOnToo(method: PretrainingMethod) throws {
    var random = SplitMix64(state: 6)
    var shape = Self.shape(registers: 4)
    (shape.rotaryPositions, shape.absolutePositions) = (true, false)
    try EncoderFile.write(
      VisionTransformer(shape, using: &random), normalization: Self.pixels, to: folder.file("start.safetensors"))
    let run = run("run")
    try train(config(method), in: run)
    let loaded = try EncoderFile.read(run.encoder)
    #expect(loaded.encoder.config.rotaryPositions && loaded.encoder.posEmbed == nil && loaded.notes.isEmpty)
    for other in [PretrainingMethod.mae, .dino] {
      #expect(throws: InvalidSetting.self) { try PretrainingRun(config(other)) }
    }
  }

  @Test func registersAndFoldersGoOnToo() throws {
    var random = SplitMix64(state: 5)
    let encoder = try VisionTransformer(Self.shape(registers: 3), using: &random)
    try FileManager.default.createDirectory(at: folder.file("model"), withIntermediateDirectories: true)
    try EncoderFile.write(encoder, normalization: Self.pixels, to: folder.file("model/model.safetensors"))
    let run = run("run")
    try train(config { $0.encoder = folder.path("model") }, in: run)
    let loaded = try EncoderFile.read(run.encoder)
    #expect(loaded.encoder.config.registers == 3)
  }

  @Test func whatCannotGoOnSaysSo() {
    func refusal(_ change: (inout PretrainConfig) -> Void) -> String {
      let error = #expect(throws: InvalidSetting.self) { try PretrainingRun(config(.splitmask, change)) }
      return error.map { "\($0.key): \($0.problem)" } ?? ""
    }
    #expect(refusal { $0.method = .supervised }.contains("splitmask finetune --from"))
    #expect(refusal { ($0.encoder, $0.continuation.rest) = (nil, 0.1) }.contains("say which with --from"))
    #expect(refusal { $0.continuation.layerDecay = 0 }.hasPrefix("continuation.layerDecay: is 0.0"))
    #expect(refusal { $0.continuation.rest = 2 }.hasPrefix("continuation.rest: is 2.0"))
  }
}
