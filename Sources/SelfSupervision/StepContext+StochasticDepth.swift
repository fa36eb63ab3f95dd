import ImageData
import Training
import VisionModels

extension StepContext {
  /// The branches of an encoder's blocks that this step leaves out.
  func stochasticDepth(of encoder: VisionTransformer.Config, sequences: Int) -> StochasticDepth? {
    var generator = SeededGenerator(seed: seed, epoch: microStep, index: step, purpose: .stochasticDepth)
    return StochasticDepth.draw(
      rate: encoder.stochasticDepthRate, depth: encoder.blockCount, sequences: sequences, device: device,
      using: &generator)
  }
}
