public import Torch
public import TorchNN

extension VisionTransformer {
  /// The tokens of whole images after some of the blocks, before the last normalisation; blocks after the last one asked
  /// for are not run.
  ///
  /// - Parameters:
  ///   - patches: normalised pixels of all patches, `[B, n, 3 · p · p]`.
  ///   - wanted: blocks counted from 1, in any order; each from 1 to the depth.
  ///   - positions: vectors of another grid's positions, `[n, D]`; nil takes ``patchPositions``.
  ///   - depth: branches to leave out in training.
  /// - Returns: `[B, prefixCount + n, D]` for each, in the order of the blocks.
  public func hiddenTokens(
    _ patches: Tensor, afterBlocks wanted: Set<Int>, positions: Tensor? = nil, depth: StochasticDepth? = nil
  ) -> [Tensor] {
    precondition(wanted.allSatisfy { (1...blocks.count).contains($0) }, "the encoder has \(blocks.count) blocks")
    var tokens = embed(PatchSequences(wholeImages: patches, prefixCount: prefixCount), positions: positions)
    let biases = attentionBiases(device: tokens.device)
    var kept: [Tensor] = []
    for (position, block) in blocks.prefix(wanted.max() ?? 0).enumerated() {
      tokens = block(tokens, keep: depth?[position], bias: biases(position))
      if wanted.contains(position + 1) { kept.append(tokens) }
    }
    return kept
  }
}
