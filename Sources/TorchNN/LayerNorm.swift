public import Torch

/// Normalisation of the last dimension to mean 0 and variance 1, then a scale and a shift.
public final class LayerNorm: Module {
  /// `[D]`, initially 1.
  public let weight: Parameter
  /// `[D]`, initially 0.
  public let bias: Parameter
  private let epsilon: Double

  /// The default `epsilon` is the one of all vision transformers here, not libtorch's 1e-5.
  public init(_ dimension: Int, epsilon: Double = 1e-6) {
    weight = Parameter(Tensor.ones([dimension]))
    bias = Parameter(Tensor.zeros([dimension]))
    self.epsilon = epsilon
  }

  /// `[…, D]` to `[…, D]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.layerNorm(weight: weight.value, bias: bias.value, epsilon: epsilon)
  }

  /// The normalised input through a linear layer's weight `[out, D]` and bias: `[…, D]` to `[…, out]`. Keeps less for the
  /// backward pass than the two one after the other.
  public func linear(_ input: Tensor, weight: Tensor, bias: Tensor) -> Tensor {
    input.normLinear(
      scale: self.weight.value, shift: self.bias.value, epsilon: epsilon, weight: weight, bias: bias)
  }

  /// The normalised input through two linear layers with an exact GELU between them: `[…, D]` to `[…, out]`. Keeps less for
  /// the backward pass than one after the other.
  public func mlp(_ input: Tensor, _ first: Linear, _ second: Linear) -> Tensor {
    input.normMLP(
      scale: weight.value, shift: bias.value, epsilon: epsilon, first: (first.weight.value, first.bias!.value),
      second: (second.weight.value, second.bias!.value))
  }
}
