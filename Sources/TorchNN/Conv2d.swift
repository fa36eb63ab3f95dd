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

/// A transposed convolution that doubles the size of images: kernel 2, step 2, no overlap.
public final class ConvTranspose2d: Module {
  /// `[in, out, 2, 2]`.
  public let weight: Parameter
  /// `[out]`.
  public let bias: Parameter

  /// libtorch's default weights.
  public init(inputs: Int, outputs: Int, using generator: inout some RandomNumberGenerator) {
    // libtorch counts what comes into the second dimension of any kernel, which is the outputs' here.
    weight = Parameter(
      Initializer.fanInUniform([inputs, outputs, 2, 2], fanIn: outputs * 4, using: &generator))
    bias = Parameter(Initializer.fanInUniform([outputs], fanIn: outputs * 4, using: &generator))
  }

  /// Given weights, `[in, out, 2, 2]`, and a bias of zeros.
  public init(weight: Tensor) {
    self.weight = Parameter(weight)
    bias = Parameter(Tensor.zeros([weight.shape[1]]))
  }

  /// `[B, in, H, W]` to `[B, out, 2 H, 2 W]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.convolvedTransposed(weight.value, bias: bias.value, step: 2)
  }
}
