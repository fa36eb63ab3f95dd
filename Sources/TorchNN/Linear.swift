public import Torch

/// An affine map of the last dimension: `[…, in]` to `[…, out]`.
public final class Linear: Module {
  /// `[out, in]`.
  public let weight: Parameter
  /// `[out]`, or nil.
  public let bias: Parameter?

  /// Weights from a normal distribution of standard deviation 0.02, a bias of zero, as in timm and DeiT.
  public init(
    inputs: Int, outputs: Int, bias: Bool = true, using generator: inout some RandomNumberGenerator
  ) {
    weight = Parameter(Initializer.truncatedNormal([outputs, inputs], using: &generator))
    self.bias = bias ? Parameter(Tensor.zeros([outputs])) : nil
  }

  /// Given weights, `[out, in]`, and a bias `[out]`.
  public init(weight: Tensor, bias: Tensor?) {
    self.weight = Parameter(weight)
    self.bias = bias.map { Parameter($0) }
  }

  /// `input · weightᵀ + bias`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.linear(weight.value, bias: bias?.value)
  }
}
