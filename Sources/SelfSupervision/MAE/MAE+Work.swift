public import VisionModels

extension MAE.Config {
  /// A step's matrix products for one image.
  public func work(encoder: VisionTransformer.Config) -> MatrixWork {
    let patches = encoder.grid.count
    let prefix = encoder.classToken ? 1 : 0
    let seen = seenCount(of: patches)
    let shape = decoder(encoder)
    let decoder =
      MatrixWork.linear(rows: seen + prefix, inputs: encoder.embeddingDimension, outputs: shape.width)
      + MatrixWork.blocks(shape.depth, width: shape.width, mlpRatio: encoder.mlpRatio, tokens: patches + prefix)
      + MatrixWork.linear(
        rows: patches - seen, inputs: shape.width, outputs: 3 * encoder.patchSize * encoder.patchSize)
    return encoder.work(patches: seen) + MatrixWork(trained: decoder)
  }
}
