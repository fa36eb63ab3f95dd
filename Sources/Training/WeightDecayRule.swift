public import TorchNN
public import TorchOptim

/// Which parameters weight decay applies to.
public enum WeightDecayRule: Sendable {
  /// All but vectors, biases, positions, the class token and registers (BEiT's: microsoft/unilm, beit/optim_factory.py).
  case matrices
  /// All but what normalises, and positions; biases decay (Swin's and XCiT's for detection).
  case allButNorms

  /// The model's trainable parameters in two groups.
  public func groups(_ model: Module, weightDecay: Double) -> [AdamW.Group] {
    let named = model.namedParameters.filter(\.parameter.value.requiresGradient)
    return [
      AdamW.Group(parameters: named.filter { isDecayed($0) }, weightDecay: weightDecay),
      AdamW.Group(parameters: named.filter { !isDecayed($0) }, weightDecay: 0),
    ]
  }

  private func isDecayed(_ named: Module.NamedParameter) -> Bool {
    let name = named.key.split(separator: ".").last.map(String.init) ?? named.key
    switch self {
    case .matrices:
      return named.parameter.value.rank > 1 && !["pos_embed", "cls_token", "reg_token"].contains(name)
    case .allButNorms:
      return !named.key.contains("norm") && name != "pos_embed" && name != "relative_position_bias_table"
    }
  }
}
