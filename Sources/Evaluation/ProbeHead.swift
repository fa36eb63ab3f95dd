import Torch
import TorchNN

/// A linear classifier, after a normalisation over the batch where the protocol has one.
final class ProbeHead: Module {
  let norm: BatchNorm1d?
  let weight: Parameter
  let bias: Parameter

  init(inputs: Int, outputs: Int, isNormalized: Bool, using generator: inout some RandomNumberGenerator) {
    norm = isNormalized ? BatchNorm1d(inputs) : nil
    weight = Parameter(
      Initializer.truncatedNormal([outputs, inputs], standardDeviation: 0.01, using: &generator))
    bias = Parameter(Tensor.zeros([outputs]))
  }

  /// What an optimizer updates.
  var trained: [NamedParameter] { [("weight", weight), ("bias", bias)] }

  /// Logits `[B, C]` of features `[B, D]`.
  func callAsFunction(_ features: Tensor, training: Bool) -> Tensor {
    (norm.map { $0(features, training: training) } ?? features).linear(weight.value, bias: bias.value)
  }
}
