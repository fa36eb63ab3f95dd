public import Torch
public import TorchNN

/// DINO's head (facebookresearch/dino, vision_transformer.py): an MLP of three layers, unit length, and a last layer
/// with normalised weights.
public final class DINOHead: Module {
  /// The linear layers at 0, 2 and 4; at 1 and 3 stands a GELU, which has no parameters.
  public let mlp: [Linear?]
  /// `bottleneck → outputs`; a row is what one output looks for.
  public let lastLayer: WeightNormalizedLinear

  /// Fresh weights.
  public init(inputs: Int, config: DINO.ResolvedConfig, using generator: inout some RandomNumberGenerator) {
    let hidden = config.hiddenDimension
    mlp = [
      Linear(inputs: inputs, outputs: hidden, using: &generator), nil,
      Linear(inputs: hidden, outputs: hidden, using: &generator), nil,
      Linear(inputs: hidden, outputs: config.bottleneckDimension, using: &generator),
    ]
    lastLayer = WeightNormalizedLinear(
      inputs: config.bottleneckDimension, outputs: config.outputDimension, fixedLengths: config.normalizedLastLayer,
      using: &generator)
  }

  /// `[S, D]` to `[S, outputs]`; with rows of unit length the outputs are cosines.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    let hidden = mlp.reduce(input) { hidden, layer in layer?(hidden) ?? hidden.gelu() }
    // float32 under autocast too: a length of rounded values is no unit length.
    return lastLayer(hidden.to(.float32).normalized(1))
  }
}
