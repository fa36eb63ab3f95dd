import Torch
public import TorchNN

/// The weights of a convolution whose kernel and stride are the patch: one linear map for every patch.
public final class PatchEmbed: Module {
  /// Holder of the weights under the key that timm uses.
  public final class Projection: Module {
    /// `[D, C, p, p]`.
    public let weight: Parameter
    /// `[D]`.
    public let bias: Parameter

    init(channels: Int, patchSize: Int, outputs: Int, using generator: inout some RandomNumberGenerator) {
      let fanIn = channels * patchSize * patchSize
      weight = Parameter(
        Initializer.fanInUniform([outputs, channels, patchSize, patchSize], fanIn: fanIn, using: &generator))
      bias = Parameter(Initializer.fanInUniform([outputs], fanIn: fanIn, using: &generator))
    }
  }

  /// The convolution.
  public let proj: Projection

  init(channels: Int, patchSize: Int, outputs: Int, using generator: inout some RandomNumberGenerator) {
    proj = Projection(channels: channels, patchSize: patchSize, outputs: outputs, using: &generator)
  }

  /// The weights as a matrix `[D, C · p · p]`.
  var matrix: Tensor { proj.weight.value.reshaped([proj.weight.value.shape[0], -1]) }
}
