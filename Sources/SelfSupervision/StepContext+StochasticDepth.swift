import Training
import VisionModels

extension StepContext {
  /// The branches of an encoder's blocks that this step leaves out.
  func stochasticDepth(of encoder: VisionTransformer.Config, sequences: Int) -> StochasticDepth? {
    var generator = generator(for: .stochasticDepth)
    return StochasticDepth.draw(for: encoder, sequences: sequences, device: device, using: &generator)
  }
}
