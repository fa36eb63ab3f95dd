public import Torch

/// Normalisation of every channel over the batch and all pixels, then a scale and a shift.
public final class BatchNorm2d: BatchNorm {
  /// `[C]`, initially 1.
  public let weight: Parameter
  /// `[C]`, initially 0.
  public let bias: Parameter

  /// - Parameters:
  ///   - channels: channels, C.
  ///   - epsilon: added to the variance.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    weight = Parameter(Tensor.ones([channels]))
    bias = Parameter(Tensor.zeros([channels]))
    super.init(channels: channels, epsilon: epsilon, momentum: momentum)
  }

  /// `[B, C, H, W]` to the same.
  ///
  /// - Parameters:
  ///   - input: `[B, C, H, W]`.
  ///   - training: whether the batch's own statistics are used, and kept; this takes two values a channel or more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    normalized(input, weight: weight.value, bias: bias.value, training: training)
  }
}
