public import SplitMaskCore
public import Torch
public import TorchNN

/// UPerNet's head: pyramid pooling of the coarsest map, a feature pyramid of all four, and a class for every pixel of
/// the finest (UPerNet, arXiv 1807.10221; mmsegmentation 0.11, uper_head.py).
public final class UPerHead: Module {
  /// Of the coarsest map; its parameters stand at the head's root, as the published ones.
  public let pooling: PyramidPooling
  /// 1 × 1 for the other three, finest first.
  public let lateralConvs: [NormalizedConvolution]
  /// 3 × 3 for the other three.
  public let fpnConvs: [NormalizedConvolution]
  /// 3 × 3 of all four together.
  public let fpnBottleneck: NormalizedConvolution
  /// 1 × 1 to a logit a class.
  public let convSeg: Conv2d
  private let dropout: ChannelDropout

  /// Fresh weights; a normal distribution with standard deviation 0.01 for the classes.
  public init(
    inputs: Int, channels: Int, classCount: Int, dropout: ChannelDropout,
    using generator: inout some RandomNumberGenerator
  ) {
    pooling = PyramidPooling(inputs: inputs, channels: channels, using: &generator)
    var laterals: [NormalizedConvolution] = []
    var outputs: [NormalizedConvolution] = []
    for _ in 0..<3 {
      laterals.append(NormalizedConvolution(inputs: inputs, outputs: channels, kernel: 1, using: &generator))
      outputs.append(NormalizedConvolution(inputs: channels, outputs: channels, kernel: 3, using: &generator))
    }
    lateralConvs = laterals
    fpnConvs = outputs
    fpnBottleneck = NormalizedConvolution(inputs: 4 * channels, outputs: channels, kernel: 3, using: &generator)
    convSeg = Conv2d(
      weight: Initializer.normal([classCount, channels, 1, 1], standardDeviation: 0.01, using: &generator))
    self.dropout = dropout
  }

  /// `psp_modules` and `bottleneck` stand beside the other keys.
  public override var namedParameters: [NamedParameter] {
    super.namedParameters.map { named in
      let prefix = "pooling."
      let key = named.key.hasPrefix(prefix) ? String(named.key.dropFirst(prefix.count)) : named.key
      return (key, named.parameter)
    }
  }

  /// Logits `[B, classes, h, w]` of the finest map's size, in evaluation.
  ///
  /// - Parameter maps: four `[B, D, …]`, finest first.
  public func callAsFunction(_ maps: [Tensor]) -> Tensor { convSeg(fused(maps, training: false)) }

  /// The same in training.
  ///
  /// - Parameters:
  ///   - maps: four maps, the finest first.
  ///   - generator: draws what dropout leaves out.
  public func callAsFunction(_ maps: [Tensor], using generator: inout SeededGenerator) -> Tensor {
    convSeg(dropout(fused(maps, training: true), using: &generator))
  }

  /// What all four maps say, `[B, C, h, w]`.
  private func fused(_ maps: [Tensor], training: Bool) -> Tensor {
    precondition(maps.count == 4, "the head takes four maps, not \(maps.count)")
    var sums = zip(lateralConvs, maps).map { $0($1, training: training) }
    sums.append(pooling(maps[3], training: training))
    for level in (1..<sums.count).reversed() {
      let finer = sums[level - 1]
      sums[level - 1] = finer + sums[level].resizedBilinear(height: finer.shape[2], width: finer.shape[3])
    }
    let finest = sums[0].shape
    let levels = zip(fpnConvs, sums).map { $0($1, training: training) } + [sums[3]]
    let resized = levels.enumerated().map { number, level in
      number == 0 ? level : level.resizedBilinear(height: finest[2], width: finest[3])
    }
    return fpnBottleneck(Tensor.concatenate(resized, along: 1), training: training)
  }
}
