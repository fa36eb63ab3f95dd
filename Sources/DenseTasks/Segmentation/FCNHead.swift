public import SplitMaskCore
public import Torch
public import TorchNN

/// A head of one convolution, which helps the encoder's middle to learn and is not used afterwards
/// (mmsegmentation 0.11, fcn_head.py).
public final class FCNHead: Module {
  /// One 3 × 3 convolution, in a list, as the published keys have it.
  public let convs: [NormalizedConvolution]
  /// 1 × 1 to a logit a class.
  public let convSeg: Conv2d
  private let dropout: ChannelDropout

  /// Fresh weights; a normal distribution with standard deviation 0.01 for the classes.
  public init(
    inputs: Int, channels: Int, classCount: Int, dropout: ChannelDropout,
    using generator: inout some RandomNumberGenerator
  ) {
    convs = [NormalizedConvolution(inputs: inputs, outputs: channels, kernel: 3, using: &generator)]
    convSeg = Conv2d(
      weight: Initializer.normal([classCount, channels, 1, 1], standardDeviation: 0.01, using: &generator))
    self.dropout = dropout
  }

  /// Logits `[B, classes, h, w]` in training.
  public func callAsFunction(_ map: Tensor, using generator: inout SeededGenerator) -> Tensor {
    convSeg(dropout(convs[0](map, training: true), using: &generator))
  }
}
