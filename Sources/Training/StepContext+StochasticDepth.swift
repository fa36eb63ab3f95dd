public import TorchNN

extension StepContext {
  /// The branches of an encoder's blocks that this step leaves out.
  ///
  /// - Parameters:
  ///   - rate: the chance of the last block's branches, from 0 to below 1.
  ///   - blocks: of the encoder.
  ///   - sequences: of the batch in this process.
  /// - Returns: nil when the rate is 0.
  public func stochasticDepth(rate: Double, blocks: Int, sequences: Int) -> StochasticDepth? {
    var generator = generator(for: .stochasticDepth)
    return StochasticDepth.draw(rate: rate, depth: blocks, sequences: sequences, device: device, using: &generator)
  }
}
