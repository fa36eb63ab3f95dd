import Torch
public import TorchNN

/// The weights of a convolution whose kernel and stride are the patch: one linear map for every patch.
public final class PatchEmbed: Module {
  /// Holder of the weights under the key that timm uses.
  public final class Projection: Module {
    /// `[D, 3, p, p]`.
    public let weight: Parameter
    /// `[D]`.
    public let bias: Parameter

    init(patchSize: Int, outputs: Int, using generator: inout some RandomNumberGenerator) {
      let fanIn = 3 * patchSize * patchSize
      weight = Parameter(
        Initializer.fanInUniform([outputs, 3, patchSize, patchSize], fanIn: fanIn, using: &generator))
      bias = Parameter(Initializer.fanInUniform([outputs], fanIn: fanIn, using: &generator))
    }
  }

  /// The convolution.
  public let proj: Projection

  init(patchSize: Int, outputs: Int, using generator: inout some RandomNumberGenerator) {
    proj = Projection(patchSize: patchSize, outputs: outputs, using: &generator)
  }

  /// The weights as a matrix `[D, 3 · p · p]`.
  var matrix: Tensor { proj.weight.value.reshaped([proj.weight.value.shape[0], -1]) }
}
