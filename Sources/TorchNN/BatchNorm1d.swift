public import Torch

/// Normalisation of every feature over the batch, without a scale or a shift, as MAE's linear probe has it
/// (METHODS §8.3).
public final class BatchNorm1d: Module {
  /// The mean that evaluation uses, `[D]`, initially 0. A part of the saved state that no optimizer updates.
  public let runningMean: Parameter
  /// The variance that evaluation uses, `[D]`, initially 1. A part of the saved state that no optimizer updates.
  public let runningVar: Parameter
  private let epsilon: Double
  private let momentum: Double

  /// - Parameters:
  ///   - epsilon: added to the variance; MAE's 1e-6, not libtorch's 1e-5.
  ///   - momentum: how far a batch moves the running statistics.
  public init(_ dimension: Int, epsilon: Double = 1e-6, momentum: Double = 0.1) {
    runningMean = Parameter(Tensor.zeros([dimension]))
    runningVar = Parameter(Tensor.ones([dimension]))
    self.epsilon = epsilon
    self.momentum = momentum
    super.init()
    setRequiresGradient(false)
  }

  /// `[B, D]` to `[B, D]`.
  ///
  /// - Parameter training: whether the batch's own statistics are used, and kept; this takes two rows or more.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    input.batchNorm(
      runningMean: runningMean.value, runningVariance: runningVar.value, training: training, momentum: momentum,
      epsilon: epsilon)
  }
}
