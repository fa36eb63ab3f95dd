package import Torch
package import TorchOptim

/// Watches the gradients: counts updates that were left out because one, or a loss, was not finite, and notes where there
/// are none at all.
///
/// The counters live on the device; reading them waits for it.
package struct NonFiniteGuard {
  /// Updates left out in a row before a run is stopped.
  package static let limit = 10

  private var total: Tensor
  private var inARow: Tensor
  private var norm: Tensor
  private var normSum: Tensor

  /// - Parameter skippedCount: updates left out before, in a run that is resumed.
  package init(device: Device, skippedCount: Int = 0) {
    total = Tensor.full([], Double(skippedCount), device: device)
    inARow = Tensor.zeros([], device: device)
    norm = Tensor.zeros([], device: device)
    normSum = norm
  }

  /// Notes one update.
  package mutating func note(_ clipping: GradientClipping) {
    noGrad {
      total = total + clipping.skip
      inARow = (inARow + clipping.skip) * clipping.skip
      norm = clipping.norm
      normSum = normSum + norm
    }
  }

  /// Updates left out so far.
  package var skippedCount: Int { Int(total.item()) }

  /// The gradient's norm at the last update, before clipping.
  package var lastNorm: Double { norm.item() }

  /// Whether every gradient so far was exactly 0, so that nothing can have been learned.
  package var sawNoGradient: Bool { normSum.item() == 0 }

  /// Whether the last ``limit`` updates were all left out.
  package var hasDiverged: Bool { Int(inARow.item()) >= NonFiniteGuard.limit }
}
