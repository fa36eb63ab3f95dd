import Foundation
import Runs
import Testing
import Torch
import VisionModels

@Suite struct PretrainingPresetTests {
  private func fitted(
    _ shortSide: Int, explicit: Set<String> = [], comparing: Bool = false,
    _ change: (inout PretrainConfig) -> Void = { _ in }
  ) throws -> PretrainConfig {
    var config = PretrainConfig()
    config.device = .cpu
    change(&config)
    try config.fit(shortSide: shortSide, explicit: explicit, comparing: comparing)
    try config.model.validate()
    return config
  }

  /// Never enlarged beyond the next multiple of a patch.
  @Test(arguments: [(28, 28, 4), (32, 32, 4), (50, 54, 6), (64, 64, 8), (96, 96, 12), (500, 96, 12), (7, 8, 2)])
  func sizesAreThoseOfTheImages(shortSide: Int, size: Int, patch: Int) throws {
    let model = try fitted(shortSide) { $0.preset = .quick }.model
    #expect(model.imageSize == ImageSize(size) && model.patchSize == patch)
    #expect(model.imageSize.height < shortSide + patch)
  }

  @Test(arguments: [(28, 28, 7), (32, 32, 8), (50, 52, 13), (64, 64, 16), (500, 96, 24), (7, 8, 2)])
  func aTrialOfSplitMaskHasLargerPatches(shortSide: Int, size: Int, patch: Int) throws {
    let model = try fitted(shortSide).model
    #expect(model.imageSize == ImageSize(size) && model.patchSize == patch)
    #expect(try fitted(shortSide) { $0.method = .mae }.model == fitted(shortSide) { $0.preset = .quick }.model)
    #expect(try fitted(shortSide, comparing: true).model == fitted(shortSide) { $0.preset = .quick }.model)
  }

  @Test func whatIsSaidIsKept() throws {
    let size = try fitted(500, explicit: ["model.imageSize"]) { $0.model.imageSize = ImageSize(128) }.model
    #expect(size.imageSize == ImageSize(128) && size.patchSize == 32 && size.embeddingDimension == 128)
    let patch = try fitted(500, explicit: ["model.patchSize"]) { $0.model.patchSize = 14 }.model
    #expect(patch.patchSize == 14 && patch.imageSize == ImageSize(98))
    let shape = try fitted(500, explicit: ["model.architecture"]) { $0.model.architecture = .base }.model
    #expect(shape.embeddingDimension == 768 && shape.blockCount == 12 && shape.imageSize == ImageSize(96))
    let deeper = try fitted(500, explicit: ["model.depth"]) { $0.model.depth = 6 }.model
    #expect(deeper.embeddingDimension == 128 && deeper.blockCount == 6 && deeper.heads == 4)
    let wider = try fitted(500, explicit: ["model.width"]) { $0.model.width = 200 }.model
    #expect(wider.embeddingDimension == 200 && wider.blockCount == 4 && wider.heads == 5)
    let words = try fitted(500, explicit: ["tokenizer.vocabulary"]) { $0.tokenizer.vocabulary = 4096 }
    #expect(words.tokenizer.vocabulary == 4096)
    let kind = try fitted(500, explicit: ["tokenizer.kind"]) { $0.tokenizer.kind = .kMeans }
    #expect(kind.tokenizer.vocabulary == 1024)
  }

  @Test func thePaperKeepsThePublishedShape() throws {
    let config = try fitted(32) { $0.preset = .paper }
    #expect(config.model == PretrainConfig().model && config.tokenizer == PretrainConfig().tokenizer)
    #expect(try fitted(32, explicit: []) { $0.preset = .overnight }.model.embeddingDimension == 192)
  }

  @Test func aCPUMakesATrialAndAGPUThePaper() throws {
    let cpu = try fitted(224).resolved(imageCount: 5000, device: .cpu, processes: .alone)
    #expect(cpu.preset == .trial && cpu.regime == .standard && cpu.training.learningRate == 1e-3)
    // Sizes that nobody has fitted to the images are the paper's, and so is the rest.
    let unfitted = PretrainConfig().resolved(imageCount: 5000, device: .cpu, processes: .alone)
    #expect(unfitted.preset == .paper && unfitted.training.length == .epochs(5000))
    let gpu = PretrainConfig().resolved(imageCount: 5000, device: Device(.cuda, index: 0), processes: .alone)
    #expect(gpu.preset == .paper && gpu.regime == .smallData && gpu.training.length == .epochs(5000))
  }

  /// The same time for every encoder: what costs more is shown less.
  @Test func lengthGoesByWork() throws {
    func steps(_ preset: PretrainingPreset, side: Int = 32) throws -> Int {
      let config = try fitted(side, comparing: true) { $0.preset = preset }
      return try #require(config.resolved(imageCount: 50_000, device: .cpu, processes: .alone).config.training.steps)
    }
    let trial = try steps(.trial)
    #expect((1500...3000).contains(trial))
    #expect(abs(3 * (try steps(.quick)) - trial) <= 3)
    #expect(try steps(.overnight) > trial)
    var large = PretrainConfig()
    (large.device, large.preset) = (.cpu, .trial)
    #expect(large.resolved(imageCount: 50_000, device: .cpu, processes: .alone).config.training.steps! < trial / 10)
  }

  @Test func fewImagesAreShownAtMostFiveThousandTimes() throws {
    let config = try fitted(32) { $0.preset = .overnight }.resolved(imageCount: 70, device: .cpu, processes: .alone)
    #expect(config.training.length == .steps(5000))
  }

  @Test func resolvingAgainChangesNothing() throws {
    let once = try fitted(64).resolved(imageCount: 1000, device: .cpu, processes: .alone)
    #expect(once.config.resolved(imageCount: 1000, device: .cpu, processes: .alone) == once)
  }
}
