public import Torch
public import TorchNN

/// A convolution without bias, batch normalisation and a ReLU.
public final class NormalizedConvolution: Module {
  /// `[out, in, k, k]`.
  public let conv: Conv2d
  /// Of `out` channels.
  public let bn: BatchNorm2d

  /// Fresh weights: Kaiming's normal distribution.
  public init(inputs: Int, outputs: Int, kernel: Int, using generator: inout some RandomNumberGenerator) {
    conv = Conv2d(
      weight: Initializer.kaimingNormal([outputs, inputs, kernel, kernel], using: &generator), bias: false)
    bn = BatchNorm2d(outputs)
  }

  /// `[B, in, h, w]` to `[B, out, h, w]`.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    bn(conv(input), training: training).relu()
  }
}
