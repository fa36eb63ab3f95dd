public import VisionModels

extension SplitMask.Config {
  /// A step's matrix products for one image.
  ///
  /// - Parameters:
  ///   - encoder: a shape that can be built.
  ///   - tokenizer: of the words that are predicted.
  /// - Throws: `InvalidSetting` for a share of patches that leaves nothing to see.
  public func work(encoder: VisionTransformer.Config, tokenizer: PatchTokenizer.Specification) throws -> MatrixWork {
    let patches = encoder.grid.count
    let seen = try PatchSplit.seenCount(ratio: masking.chosenRatio, patchCount: patches)
    let branches = split ? [seen, masking.complement ? patches - seen : seen] : [seen]
    var work = MatrixWork(fixed: inpaint ? Double(patches) * tokenizer.multiplyAddsPerPatch : 0)
    for seen in branches {
      // Without halves the encoder sees mask tokens too, and there is no decoder.
      work = work + encoder.work(patches: split ? seen : patches)
      if split {
        work.trained += MatrixWork.blocks(
          decoder.depth, width: encoder.embeddingDimension, mlpRatio: encoder.mlpRatio,
          tokens: patches + encoder.prefixCount)
      }
      if inpaint {
        work.trained += MatrixWork.linear(
          rows: patches - seen, inputs: encoder.embeddingDimension, outputs: tokenizer.config.vocabulary)
      }
    }
    return work
  }
}
