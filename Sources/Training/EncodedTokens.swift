public import Torch

/// What an encoder made of a batch on a method's way to its loss: an ``OnlineProbe`` learns from it for nothing.
public struct EncodedTokens {
  /// Without history, `[S, N, D]`; with B images, sequence s shows image s mod B.
  let tokens: Tensor
  /// Tokens before the patches.
  let prefixCount: Int
  /// 1 for each patch and 0 for padding, `[S, N - prefixCount]`; nil where there is no padding.
  let mask: Tensor?

  /// The tokens of S sequences, as they left the last block or the last normalisation.
  ///
  /// - Parameters:
  ///   - tokens: `[S, N, D]`; with B images, sequence s shows image s mod B.
  ///   - prefixCount: tokens before the patches.
  ///   - mask: 1 for each patch and 0 for padding, `[S, N - prefixCount]`.
  public init(_ tokens: Tensor, prefixCount: Int, mask: Tensor? = nil) {
    self.tokens = tokens.detached()
    self.prefixCount = prefixCount
    self.mask = mask
  }

  /// The mean of each sequence's patches, `[S, D]`.
  func pooled() -> Tensor {
    noGrad {
      let patches = tokens.narrowed(1, start: prefixCount, count: tokens.shape[1] - prefixCount)
      guard let mask else { return patches.mean([1]) }
      return (patches * mask.unsqueezed(2)).sum([1]) / mask.sum([1], keepingDimensions: true)
    }
  }
}
