import Classification
import SplitMaskCore
import Torch
import TorchNN
import TorchOptim
import Training
import VisionModels

/// Fine-tuning's step, or an embedding's batch, on fixed random images; the counterpart of
/// Benchmarks/pytorch/classifier_step.py.
struct ClassifierWork: Work {
  private static let classCount = 1000

  let multiplyAddsPerImage: Double

  private let classifier: Classifier
  private let patchifier: Patchifier
  private let optimizer: AdamW
  private let images: Tensor
  private let labels: Tensor
  private let options: StepBenchmark

  init(_ options: StepBenchmark) throws {
    self.options = options
    var generator = SeededGenerator(seed: 0, purpose: .initialization)
    let config = VisionTransformer.Config(
      options.model, imageSize: ImageSize(options.imageSize), patchSize: options.patchSize)
    classifier = try Classifier(
      encoder: VisionTransformer(config, using: &generator),
      classNames: (0..<ClassifierWork.classCount).map(String.init), using: &generator)
    classifier.move(to: options.device)
    patchifier = Patchifier(
      grid: config.grid, patchSize: config.patchSize, normalization: .imageNet, device: options.device)
    optimizer = AdamW(WeightDecayRule.matrices.groups(classifier, weightDecay: 0.05))
    let work = config.work(patches: config.grid.count)
    multiplyAddsPerImage = options.task == .finetune ? work.stepMultiplyAdds : work.forwardMultiplyAdds
    images = StepWork.noise([options.batch, options.imageSize, options.imageSize, 3], using: &generator)
      .to(options.device)
    labels = Tensor((0..<options.batch).map { _ in Int64(generator.integer(in: 0...ClassifierWork.classCount - 1)) })
      .to(options.device)
  }

  mutating func step(_ index: Int) -> [String: Double] {
    var clock = StageClock()
    let patches = noGrad {
      patchifier.normalized(patchifier.patches(images)).reshaped([options.batch, patchifier.grid.count, -1])
    }
    guard options.task == .finetune else {
      let features = noGrad { autocast(options.precision, on: options.device) { classifier.encoder(patches) } }
      _ = noGrad { features.narrowed(1, start: 1, count: patchifier.grid.count).mean([1]) }
      clock.mark("forward")
      return clock.stages
    }
    var generator = SeededGenerator(seed: 0, index: index, purpose: .stochasticDepth)
    let encoder = classifier.encoder.config
    let depth = StochasticDepth.draw(
      rate: encoder.stochasticDepthRate, depth: encoder.blockCount, sequences: options.batch, device: options.device,
      using: &generator)
    let loss = autocast(options.precision, on: options.device) {
      classifier(patches, depth: depth).to(.float32).crossEntropy(labels)
    }
    clock.mark("forward")
    optimizer.update(by: loss, &clock)
    return clock.stages
  }
}
