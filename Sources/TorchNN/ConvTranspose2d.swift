public import Torch

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
