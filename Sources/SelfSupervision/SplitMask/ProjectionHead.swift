import Torch
public import TorchNN

/// An MLP between a descriptor and the contrastive loss, as SimCLR's (arXiv 2002.05709); see docs/method.md, row 6.
public final class ProjectionHead: Module {
  /// The linear layers; a GELU stands between any two.
  public let layers: [Linear]

  init(inputs: Int, width: Int, layers count: Int, using generator: inout some RandomNumberGenerator) {
    var layers: [Linear] = []
    for index in 0..<count {
      layers.append(Linear(inputs: index == 0 ? inputs : width, outputs: width, using: &generator))
    }
    self.layers = layers
  }

  /// `[B, inputs]` to `[B, width]`.
  func callAsFunction(_ input: Tensor) -> Tensor {
    layers.dropFirst().reduce(layers[0](input)) { hidden, layer in layer(hidden.gelu()) }
  }
}
