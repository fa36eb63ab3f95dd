public import Torch

/// Normalisation of every channel over the batch and all pixels, then a scale and a shift.
public final class BatchNorm2d: Module {
  /// `[C]`, initially 1.
  public let weight: Parameter
  /// `[C]`, initially 0.
  public let bias: Parameter
  /// The mean that evaluation uses, `[C]`, initially 0. A part of the saved state that no optimizer updates.
  public let runningMean: Parameter
  /// The variance that evaluation uses, `[C]`, initially 1. A part of the saved state that no optimizer updates.
  public let runningVar: Parameter
  private let epsilon: Double
  private let momentum: Double

  /// - Parameters:
  ///   - epsilon: added to the variance.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    weight = Parameter(Tensor.ones([channels]))
    bias = Parameter(Tensor.zeros([channels]))
    runningMean = Parameter(Tensor.zeros([channels]))
    runningVar = Parameter(Tensor.ones([channels]))
    self.epsilon = epsilon
    self.momentum = momentum
    super.init()
    runningMean.value.requiresGradient = false
    runningVar.value.requiresGradient = false
  }

  /// `[B, C, H, W]` to the same.
  ///
  /// - Parameter training: whether the batch's own statistics are used, and kept; this takes two values a channel or
  ///   more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    input.batchNorm(
      weight: weight.value, bias: bias.value, runningMean: runningMean.value, runningVariance: runningVar.value,
      training: training, momentum: momentum, epsilon: epsilon)
  }
}
