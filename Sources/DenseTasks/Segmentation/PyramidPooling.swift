public import Torch
public import TorchNN

/// A map together with its means over coarser and coarser grids, brought to one width (PSPNet, arXiv 1612.01105;
/// mmsegmentation 0.11, psp_head.py).
public final class PyramidPooling: Module {
  /// 1 × 1 for each grid.
  public let pspModules: [NormalizedConvolution]
  /// 3 × 3 of all together.
  public let bottleneck: NormalizedConvolution

  /// Parts of a side of each grid.
  static let scales = [1, 2, 3, 6]

  /// Fresh weights.
  public init(inputs: Int, channels: Int, using generator: inout some RandomNumberGenerator) {
    var modules: [NormalizedConvolution] = []
    for _ in PyramidPooling.scales {
      modules.append(NormalizedConvolution(inputs: inputs, outputs: channels, kernel: 1, using: &generator))
    }
    pspModules = modules
    bottleneck = NormalizedConvolution(
      inputs: inputs + modules.count * channels, outputs: channels, kernel: 3, using: &generator)
  }

  /// `[B, D, h, w]` to `[B, C, h, w]`. Training takes two images or more, since one grid has a single part.
  public func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
    let shape = input.shape
    let pooled = zip(PyramidPooling.scales, pspModules).map { scale, module in
      module(input.averagePooled(rows: scale, columns: scale), training: training)
        .resizedBilinear(height: shape[2], width: shape[3])
    }
    return bottleneck(Tensor.concatenate([input] + pooled, along: 1), training: training)
  }
}
