public import VisionModels

extension BEiT.Config {
  /// A step's matrix products for one image, of which as many patches are hidden as may be.
  ///
  /// - Parameters:
  ///   - encoder: the encoder's shape.
  ///   - tokenizer: of the words that are predicted.
  public func work(encoder: VisionTransformer.Config, tokenizer: PatchTokenizer.Specification) -> MatrixWork {
    let patches = encoder.grid.count
    let hidden = Int((maskingRatio * Double(patches)).rounded())
    return encoder.work(patches: patches)
      + MatrixWork(
        trained: MatrixWork.linear(
          rows: hidden, inputs: encoder.embeddingDimension, outputs: tokenizer.config.vocabulary),
        fixed: Double(patches) * tokenizer.multiplyAddsPerPatch)
  }
}
