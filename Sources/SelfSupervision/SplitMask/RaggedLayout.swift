import Torch

/// How sequences of different lengths share a batch: the encoder's are padded, the decoder's are whole grids.
///
/// A decoder that is given all places in the order of the grid has equally many for every sequence, whatever the split,
/// so only the encoder has anything to ignore.
struct RaggedLayout {
  /// What the encoder's attention adds for each patch, `[S, k]`: 0, or minus infinity for padding.
  let patchBias: Tensor
  /// Where in `k` encoded patches and then `n` mask tokens each place of the grid is found, `[S, n]` int64.
  let source: Tensor
  /// Rows of all sequences' grids, `[S · n]`, that must be predicted, `[R]` int64.
  let missing: Tensor

  init(seenPlaces: [[Int]], longest: Int, patchCount: Int, device: Device) {
    var patchBias: [Float] = []
    var source: [Int64] = []
    var missing: [Int64] = []
    for (sequence, places) in seenPlaces.enumerated() {
      patchBias += (0..<longest).map { $0 < places.count ? 0 : -.infinity }
      var own = (0..<patchCount).map { Int64(longest + $0) }
      for (row, place) in places.enumerated() { own[place] = Int64(row) }
      for place in 0..<patchCount where own[place] >= longest { missing.append(Int64(sequence * patchCount + place)) }
      source += own
    }
    self.patchBias = Tensor(patchBias, shape: [seenPlaces.count, longest]).sent(to: device)
    self.source = Tensor(source, shape: [seenPlaces.count, patchCount]).sent(to: device)
    self.missing = Tensor(missing).sent(to: device)
  }

  /// 1 for each patch, 0 for padding, `[S, k]`.
  var patchMask: Tensor { patchBias.exponential() }

  /// What keeps the encoder from looking at padding, `[S, 1, 1, prefix + k]`.
  func bias(prefixCount: Int) -> Tensor {
    let count = patchBias.shape[0]
    let prefix = Tensor.zeros([count, prefixCount], device: patchBias.device)
    return Tensor.concatenate([prefix, patchBias], along: 1).reshaped([count, 1, 1, -1])
  }

  /// The whole grid of every sequence, `[S, n, D]`.
  ///
  /// - Parameters:
  ///   - observed: encoded patches, `[S, k, D]`.
  ///   - maskTokens: what stands at missing places, `[n, D]`.
  func completed(observed: Tensor, maskTokens: Tensor) -> Tensor {
    let sizes = source.shape + [maskTokens.shape[1]]
    let choice = Tensor.concatenate([observed, maskTokens.unsqueezed(0).expanded(sizes)], along: 1)
    return choice.gathered(1, source.unsqueezed(2).expanded(sizes))
  }

  /// The tokens at missing places, `[R, D]`, of tokens in the order of the grid, `[S, prefix + n, D]`.
  func missingTokens(of tokens: Tensor) -> Tensor {
    let count = source.shape[1]
    let patches = tokens.narrowed(1, start: tokens.shape[1] - count, count: count)
    return patches.reshaped([-1, tokens.shape[2]]).indexSelect(0, missing)
  }
}
