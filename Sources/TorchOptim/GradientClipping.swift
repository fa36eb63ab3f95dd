public import Torch
public import TorchNN

/// The gradients' norm and what follows from it, all on the device: nothing here waits for it.
public struct GradientClipping {
  /// The Euclidean norm of all gradients, before clipping.
  public let norm: Tensor
  /// What the optimizer divides every gradient by: 1, or the norm over the maximum where that is larger; always 1 where
  /// each tensor is clipped by itself.
  public let divisor: Tensor
  /// 1 when the norm or a loss is not finite, so that the update must be left out; else 0.
  public let skip: Tensor

  /// Measures the gradients. Those of a global norm are left as they are, for the optimizer to divide; clipping each by
  /// itself scales them in place.
  ///
  /// - Parameters:
  ///   - parameters: whose gradients are measured.
  ///   - losses: scalars that must be finite too.
  ///   - maximumNorm: nil never clips, but still finds gradients that are not finite.
  ///   - mode: whether one norm is taken of all gradients or one of each.
  public init(
    _ parameters: [Parameter], losses: [Tensor] = [], maximumNorm: Double?, mode: ClippingMode = .globalNorm
  ) {
    let gradients = parameters.compactMap(\.value.gradient)
    let norms = noGrad { TensorList.norms(gradients) }
    let stacked = noGrad { Tensor.stack(norms) }
    let norm = noGrad { stacked.norm() }
    self.norm = norm
    skip = noGrad {
      Tensor.stack([norm] + losses.map { $0.to(norm.dtype) }).isFinite().all().logicalNot().to(.float32)
    }
    // The small constant is that of torch.nn.utils.clip_grad_norm_ and of DINO.
    divisor = noGrad {
      guard let maximumNorm, mode == .globalNorm else { return Tensor.ones([], device: norm.device) }
      return ((norm + 1e-6) / maximumNorm).clamped(1)
    }
    if let maximumNorm, mode == .perTensor {
      noGrad { GradientClipping.clip(gradients, norms: stacked, to: maximumNorm) }
    }
  }

  /// Scales down every tensor that is longer than the maximum.
  private static func clip(_ gradients: [Tensor], norms: Tensor, to maximumNorm: Double) {
    let factors = ((norms + 1e-6).reciprocal() * maximumNorm).clamped(nil, 1)
    TensorList.multiplyInPlace(gradients, byEach: factors.unbound(0))
  }
}

/// What gradients are clipped by.
public enum ClippingMode: String, Codable, Hashable, Sendable, CaseIterable {
  /// They are left as they are.
  case none
  /// The norm of all gradients together.
  case globalNorm = "global-norm"
  /// The norm of each parameter's gradient (facebookresearch/dino, utils.py).
  case perTensor = "per-tensor"
}
