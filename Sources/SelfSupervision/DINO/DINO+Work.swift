public import VisionModels

extension DINO.Config {
  /// A step's matrix products for one image: the student on all of its crops, the teacher on the global ones.
  public func work(encoder: VisionTransformer.Config) -> MatrixWork {
    let size = crops.localSize ?? DINO.Crops.localSize(of: encoder)
    let locals = crops.localCount ?? DINO.Crops.localCount(of: encoder)
    let localPatches = size.height / encoder.patchSize * (size.width / encoder.patchSize)
    let global = encoder.work(patches: encoder.grid.count) + head(encoder: encoder)
    let local = encoder.work(patches: localPatches) + head(encoder: encoder)
    return DINOLoss.globalCount * global + locals * local
      + DINOLoss.globalCount * MatrixWork(fixed: global.forwardMultiplyAdds)
  }

  /// The head on one crop's class token; its outputs are so many that they count.
  private func head(encoder: VisionTransformer.Config) -> MatrixWork {
    let widths = [
      encoder.embeddingDimension, hiddenDimension, hiddenDimension, bottleneckDimension, outputDimension ?? 0,
    ]
    return MatrixWork(
      trained: zip(widths, widths.dropFirst()).reduce(0) {
        $0 + MatrixWork.linear(rows: 1, inputs: $1.0, outputs: $1.1)
      })
  }
}
