public import Torch

/// The symmetric contrastive loss between two descriptors of each image (paper §3.3; METHODS §3.2, §3.3-7, -8, -10).
public enum InfoNCE {
  /// Which descriptors a descriptor is told apart from.
  public enum Negatives: String, Codable, Hashable, Sendable, CaseIterable {
    /// Both descriptors of every other image, 2(B - 1) of them, as SimCLR's NT-Xent.
    case bothBranches = "both-branches"
    /// The opposite branch's descriptors of every other image, B - 1 of them, as MoCo v3.
    case oppositeBranch = "opposite-branch"
  }

  /// The mean over images of ½ [ℓ(a) + ℓ(b)].
  ///
  /// - Parameters:
  ///   - a, b: descriptors of the same images, `[B, D]`.
  ///   - temperature: divides the similarities.
  ///   - normalized: whether descriptors are L2-normalised first, so that similarities are cosines.
  public static func loss(
    _ a: Tensor, _ b: Tensor, temperature: Double = 0.2, negatives: Negatives = .bothBranches, normalized: Bool = true
  ) -> Tensor {
    let count = a.shape[0]
    // float32 under autocast too: the loss is small and the similarities are close to one another.
    let first = normalized ? a.to(.float32).normalized(1) : a.to(.float32)
    let second = normalized ? b.to(.float32).normalized(1) : b.to(.float32)
    let own = Tensor.range(0, count, device: a.device)
    switch negatives {
    case .bothBranches:
      let all = Tensor.concatenate([first, second])
      let similarities = all.matmul(all.transposed(0, 1)) * (1 / temperature)
      let others = similarities.maskingDiagonal()
      return others.crossEntropy(Tensor.concatenate([own + count, own]))
    case .oppositeBranch:
      let similarities = first.matmul(second.transposed(0, 1)) * (1 / temperature)
      return (similarities.crossEntropy(own) + similarities.transposed(0, 1).crossEntropy(own)) * 0.5
    }
  }
}

extension Tensor {
  /// A square matrix with minus infinity on its diagonal.
  fileprivate func maskingDiagonal() -> Tensor {
    let mask = noGrad { Tensor.zeros(shape, dtype: dtype, device: device) }
    mask.fillDiagonalInPlace(-.infinity)
    return self + mask
  }
}
