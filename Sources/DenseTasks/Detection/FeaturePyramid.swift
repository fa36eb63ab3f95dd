public import Torch
public import TorchNN

/// A feature pyramid: maps of one width, each with what the coarser ones know added to it (FPN, arXiv 1612.03144;
/// mmdetection 2.11, fpn.py).
public final class FeaturePyramid: Module {
  /// 1 × 1 convolutions to the common width, finest level first.
  public let lateralConvs: [Conv2d]
  /// 3 × 3 convolutions of the sums.
  public let fpnConvs: [Conv2d]

  /// Fresh weights for four maps: Xavier's uniform distribution, biases of zero.
  ///
  /// - Parameters:
  ///   - inputs: channels of the maps.
  ///   - channels: of every level.
  ///   - generator: draws the first weights.
  public init(inputs: Int, channels: Int, using generator: inout some RandomNumberGenerator) {
    var laterals: [Conv2d] = []
    var outputs: [Conv2d] = []
    for _ in 0..<4 {
      laterals.append(
        Conv2d(weight: Initializer.xavierUniformKernel([channels, inputs, 1, 1], using: &generator)))
      outputs.append(
        Conv2d(weight: Initializer.xavierUniformKernel([channels, channels, 3, 3], using: &generator)))
    }
    lateralConvs = laterals
    fpnConvs = outputs
  }

  /// Four maps `[B, D, h, w]`, finest first, to five of `channels` channels; the fifth has every other row and column
  /// of the fourth.
  public func callAsFunction(_ maps: [Tensor]) -> [Tensor] {
    precondition(maps.count == lateralConvs.count, "a pyramid of \(lateralConvs.count) levels, not \(maps.count)")
    var sums = zip(lateralConvs, maps).map { $0($1) }
    for level in (1..<sums.count).reversed() {
      let finer = sums[level - 1]
      sums[level - 1] = finer + sums[level].resizedNearest(height: finer.shape[2], width: finer.shape[3])
    }
    let levels = zip(fpnConvs, sums).map { $0($1) }
    return levels + [levels.last!.maximumPooled(1, step: 2)]
  }
}
