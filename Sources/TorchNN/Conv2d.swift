public import Torch

/// A convolution with step 1 of images `[B, in, H, W]`; an odd kernel keeps their size.
public final class Conv2d: Module {
  /// `[out, in, k, k]`.
  public let weight: Parameter
  /// `[out]`, or nil.
  public let bias: Parameter?
  private let padding: Int

  /// Given weights, `[out, in, k, k]` with k odd.
  ///
  /// - Parameters:
  ///   - weight: the first weights.
  ///   - bias: whether there is a bias, of zeros at first.
  public init(weight: Tensor, bias: Bool = true) {
    let shape = weight.shape
    self.weight = Parameter(weight)
    self.bias = bias ? Parameter(Tensor.zeros([shape[0]])) : nil
    padding = (shape[2] - 1) / 2
  }

  /// `[B, in, H, W]` to `[B, out, H, W]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.convolved(weight.value, bias: bias?.value, padding: padding)
  }
}
