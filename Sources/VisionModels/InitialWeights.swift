import Torch
public import TorchNN

/// The initial weights of methods that do not start as DeiT does.
public enum InitialWeights: Sendable {
  /// BEiT's pretraining: a normal distribution of 0.02 cut at one standard deviation, no bias, and in block ℓ (from 1)
  /// the last layers of both branches divided by √(2ℓ) (microsoft/unilm, beit/modeling_pretrain.py).
  case beit
  /// MAE's: Xavier uniform for matrices, the patch convolution's among them; tokens from a normal distribution of 0.02
  /// (facebookresearch/mae, models_mae.py).
  case mae

  /// Draws a network's weights anew, in the order of its parameters.
  ///
  /// Normalisations, factors of layer scale and tables of relative positions stay as every network starts with them; so do
  /// MAE's positions, which are fixed.
  public func draw(for module: Module, using generator: inout some RandomNumberGenerator) {
    for (key, parameter) in module.namedParameters {
      let name = key.split(separator: ".").last.map(String.init) ?? key
      let shape = parameter.value.shape
      if self == .beit, key.hasSuffix("patch_embed.proj.bias") { parameter.assign(Tensor.zeros(shape)) }
      guard shape.count > 1, name != "relative_position_bias_table" else { continue }
      let isToken = ["cls_token", "reg_token", "mask_token", "pos_embed"].contains(name)
      switch self {
      case .beit:
        let values = Initializer.truncatedNormal(shape, cut: 0.02, using: &generator)
        parameter.assign(values / InitialWeights.divisor(key))
      case .mae:
        guard name != "pos_embed" else { continue }
        parameter.assign(
          isToken
            ? Initializer.truncatedNormal(shape, using: &generator)
            : Initializer.xavierUniform(shape, using: &generator))
      }
    }
  }

  /// What BEiT divides the weights of that key by.
  private static func divisor(_ key: String) -> Double {
    let parts = key.split(separator: ".")
    guard key.hasSuffix("attn.proj.weight") || key.hasSuffix("mlp.fc2.weight"),
      let blocks = parts.firstIndex(of: "blocks"), let index = Int(parts[blocks + 1])
    else { return 1 }
    return Double(2 * (index + 1)).squareRoot()
  }
}
