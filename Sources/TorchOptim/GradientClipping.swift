public import Torch
public import TorchNN

/// The gradient's global norm and what follows from it, all on the device: nothing here waits for it.
public struct GradientClipping {
  /// The Euclidean norm of all gradients, before clipping.
  public let norm: Tensor
  /// What the optimizer divides every gradient by: 1, or the norm over the maximum where that is larger.
  public let divisor: Tensor
  /// 1 when the norm or a loss is not finite, so that the update must be left out; else 0.
  public let skip: Tensor

  /// - Parameters:
  ///   - losses: scalars that must be finite too.
  ///   - maximumNorm: nil never clips, but still finds gradients that are not finite.
  public init(_ parameters: [Parameter], losses: [Tensor] = [], maximumNorm: Double?) {
    let norm = noGrad { TensorList.norm(parameters.compactMap(\.value.gradient)) }
    self.norm = norm
    skip = noGrad {
      Tensor.stack([norm] + losses.map { $0.to(norm.dtype) }).isFinite().all().logicalNot().to(.float32)
    }
    divisor = noGrad {
      guard let maximumNorm else { return Tensor.ones([], device: norm.device) }
      // The small constant is that of torch.nn.utils.clip_grad_norm_.
      return ((norm + 1e-6) / maximumNorm).clamped(1)
    }
  }
}
