public import Torch

/// A linear map without bias whose weight's rows have learned or fixed lengths: w = g · v / ‖v‖ (Salimans and Kingma,
/// arXiv 1602.07868).
public final class WeightNormalizedLinear: Module {
  /// The rows' lengths g, `[out, 1]`, initially 1.
  public let weightG: Parameter
  /// The rows' directions v, `[out, in]`, of any length.
  public let weightV: Parameter

  /// Directions from libtorch's default for a linear layer.
  ///
  /// - Parameters:
  ///   - inputs: values of an input row.
  ///   - outputs: values of an output row.
  ///   - fixedLengths: whether all rows keep the length 1, so that only directions are learned.
  ///   - generator: draws the directions.
  public init(inputs: Int, outputs: Int, fixedLengths: Bool, using generator: inout some RandomNumberGenerator) {
    weightG = Parameter(Tensor.ones([outputs, 1]))
    weightV = Parameter(Initializer.fanInUniform([outputs, inputs], fanIn: inputs, using: &generator))
    weightG.value.requiresGradient = !fixedLengths
  }

  /// `[…, in]` to `[…, out]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.linear(weightV.value.weightNormalized(lengths: weightG.value))
  }
}
