import Foundation
import SelfSupervision
import SplitMaskCore
import Torch
import TorchNN
import TorchOptim
import Training
import VisionModels

/// One model with its optimizer and a fixed batch.
struct StepWork: Work {
  let multiplyAddsPerImage: Double

  private let computation: SplitMaskStep
  private let optimizer: AdamW
  private let images: Tensor
  private let tokenizerImages: Tensor
  private let masks: any PatchSplitGenerator
  private let batch: Int
  private let precision: DType?
  private let device: Device

  init(_ options: StepBenchmark) throws {
    device = options.device
    var generator = SeededGenerator(seed: 0, purpose: .initialization)
    let encoder = VisionTransformer.Config(
      options.model, imageSize: ImageSize(options.imageSize), patchSize: options.patchSize)
    var tokenizerConfig = PatchTokenizer.Config()
    tokenizerConfig.vocabulary = options.vocabulary
    let tokenizer = PatchTokenizer.randomProjection(
      PatchTokenizer.Specification(
        tokenizerConfig, patchSize: tokenizerConfig.patchSize(encoderPatchSize: options.patchSize),
        normalization: .imageNet, seed: 0), device: device)
    let model = try SplitMaskModel(
      encoder: encoder, config: SplitMask.Config(), vocabulary: options.vocabulary, device: device, using: &generator)
    computation = SplitMaskStep(
      model: model, tokenizer: tokenizer, config: SplitMask.Config(), normalization: .imageNet, device: device)
    optimizer = AdamW(WeightDecayRule.matrices.groups(model, weightDecay: 0.05))
    multiplyAddsPerImage = try SplitMask.Config().work(encoder: encoder, tokenizer: tokenizer.specification)
      .stepMultiplyAdds
    images = StepWork.noise([options.batch, options.imageSize, options.imageSize, 3], using: &generator).to(device)
    let side = tokenizer.specification.patchSize * encoder.grid.rows
    tokenizerImages =
      side == options.imageSize ? images : StepWork.noise([options.batch, side, side, 3], using: &generator).to(device)
    masks = try UniformMaskGenerator(grid: encoder.grid, ratio: 0.5)
    batch = options.batch
    precision = options.precision
  }

  static func noise(_ shape: [Int], using generator: inout SeededGenerator) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }, shape: shape)
  }

  mutating func step(_ index: Int) -> [String: Double] {
    var clock = StageClock()
    let images = (0..<batch).map { image -> BatchSplit.Branches in
      var generator = SeededGenerator(seed: 0, epoch: index, index: image, purpose: .mask)
      let split = masks.split(using: &generator)
      return [split.a, split.b]
    }
    let split = BatchSplit(images, patchCount: masks.seenCount * 2, device: device)
    let input = computation.prepare(images: self.images, tokenizerImages: tokenizerImages, split: split)
    clock.mark("words")
    var generator = SeededGenerator(seed: 0, index: index, purpose: .stochasticDepth)
    let encoder = computation.model.encoder.config
    let depth = StochasticDepth.draw(
      rate: encoder.stochasticDepthRate, depth: encoder.blockCount, sequences: 2 * batch, device: device,
      using: &generator)
    let loss = autocast(precision, on: device) {
      computation.loss(input, depth: depth, precision: precision, processes: .alone).total
    }
    clock.mark("forward")
    optimizer.update(by: loss, &clock)
    return clock.stages
  }
}

extension AdamW {
  /// Goes backward and changes the weights.
  func update(by loss: Tensor, _ clock: inout StageClock) {
    loss.backward()
    clock.mark("backward")
    update(learningRate: 1e-4, clipping: GradientClipping(parameters, maximumNorm: 3))
    clearGradients()
    clock.mark("update")
  }
}

/// Seconds between marks.
struct StageClock {
  private(set) var stages: [String: Double] = [:]
  private var last = ContinuousClock.now

  mutating func mark(_ stage: String) {
    let now = ContinuousClock.now
    stages[stage] = (now - last) / .seconds(1)
    last = now
  }
}
