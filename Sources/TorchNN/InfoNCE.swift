public import Torch

/// The symmetric contrastive loss between two descriptors of each image (SplitMask, arXiv 2112.10740,
/// §3.3); what the paper leaves open is in docs/method.md, rows 7, 8 and 10.
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
  ///   - a: descriptors of the images, `[B, D]`.
  ///   - b: other descriptors of the same images, `[B, D]`.
  ///   - temperature: divides the similarities.
  ///   - negatives: which descriptors a descriptor is told apart from.
  ///   - normalized: whether descriptors are L2-normalised first, so that similarities are cosines.
  ///   - processes: whose images are told apart from; each has the loss of its own, and their mean is the loss of all.
  public static func loss(
    _ a: Tensor, _ b: Tensor, temperature: Double = 0.2, negatives: Negatives = .bothBranches, normalized: Bool = true,
    processes: ProcessGroup
  ) -> Tensor {
    let count = a.shape[0]
    // float32 under autocast too: the loss is small and the similarities are close to one another.
    let first = normalized ? a.to(.float32).normalized(1) : a.to(.float32)
    let second = normalized ? b.to(.float32).normalized(1) : b.to(.float32)
    let (allFirst, allSecond) = (processes.gathered(first), processes.gathered(second))
    // Among the rows of all processes.
    let own = Tensor.range(0, count, device: a.device) + processes.rank * count
    switch negatives {
    case .bothBranches:
      let total = count * processes.size
      let anchors = Tensor.concatenate([first, second])
      let all = Tensor.concatenate([allFirst, allSecond])
      let similarities = anchors.matmul(all.transposed(0, 1)) * (1 / temperature)
      let others = similarities.masking(Tensor.concatenate([own, own + total]))
      return others.crossEntropy(Tensor.concatenate([own + total, own]))
    case .oppositeBranch:
      let rows = first.matmul(allSecond.transposed(0, 1)) * (1 / temperature)
      let columns = second.matmul(allFirst.transposed(0, 1)) * (1 / temperature)
      return (rows.crossEntropy(own) + columns.crossEntropy(own)) * 0.5
    }
  }
}

extension Tensor {
  /// A matrix with minus infinity in one column of each row.
  fileprivate func masking(_ columns: Tensor) -> Tensor {
    let mask = noGrad { columns.oneHot(shape[1]).to(.bool) }
    return replacing(with: Tensor.full([], -.infinity, dtype: dtype, device: device), where: mask)
  }
}
