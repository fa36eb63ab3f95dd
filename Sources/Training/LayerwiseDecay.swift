import Foundation
public import TorchNN
public import TorchOptim

/// Learning rates that fall from the head to the first layer (microsoft/unilm, beit/optim_factory.py): those of layer
/// `id` are multiplied by decay^(depth + 1 - id).
public enum LayerwiseDecay {
  /// A parameter's layer: 0 for patch embedding, positions, class token, registers and mask token; i + 1 for block i; depth + 1 for
  /// everything after the blocks. `encoder` is what the encoder's keys begin with.
  public static func layer(ofKey key: String, encoder: String = "", depth: Int) -> Int {
    guard key.hasPrefix(encoder) else { return depth + 1 }
    let parts = key.dropFirst(encoder.count).split(separator: ".")
    if parts.count > 1, parts[0] == "blocks", let block = Int(parts[1]) { return block + 1 }
    let first = ["patch_embed", "pos_embed", "cls_token", "reg_token", "mask_token"]
    return first.contains(String(parts.first ?? "")) ? 0 : depth + 1
  }

  /// A network's parameters, grouped by layer and by whether a ``WeightDecayRule`` lets them decay.
  ///
  /// - Parameters:
  ///   - model: a network around an encoder.
  ///   - encoder: what the encoder's keys begin with.
  ///   - depth: blocks of its encoder.
  ///   - decay: above 0; 1 leaves every rate as it is.
  ///   - weightDecay: of the parameters that decay.
  ///   - rule: which parameters decay.
  public static func groups(
    _ model: Module, encoder: String = "", depth: Int, decay: Double, weightDecay: Double,
    rule: WeightDecayRule = .matrices
  ) -> [AdamW.Group] {
    rule.groups(model, weightDecay: weightDecay).flatMap { group in
      let layers = Dictionary(grouping: group.parameters) { layer(ofKey: $0.key, encoder: encoder, depth: depth) }
      return layers.sorted { $0.key < $1.key }.map { layer, parameters in
        AdamW.Group(
          parameters: parameters, weightDecay: group.weightDecay,
          learningRateScale: pow(decay, Double(depth + 1 - layer)))
      }
    }
  }
}
