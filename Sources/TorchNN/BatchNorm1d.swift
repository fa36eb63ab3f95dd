public import Torch

/// Normalisation of every feature over the batch, without a scale or a shift, as MAE's linear probe has it
/// (facebookresearch/mae, main_linprobe.py).
public final class BatchNorm1d: BatchNorm {
  /// - Parameters:
  ///   - dimension: values of a row, D.
  ///   - epsilon: added to the variance; MAE's 1e-6, not libtorch's 1e-5.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ dimension: Int, epsilon: Double = 1e-6, momentum: Double = 0.1) {
    super.init(channels: dimension, epsilon: epsilon, momentum: momentum)
  }

  /// `[B, D]` to `[B, D]`.
  ///
  /// - Parameters:
  ///   - input: `[B, D]`.
  ///   - training: whether the batch's own statistics are used, and kept; this takes two rows or more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    normalized(input, training: training)
  }
}
