public import TorchNN
public import TorchOptim

/// Which parameters weight decay applies to (METHODS §2.5, §3.3-16): all but vectors, biases, positions and the class
/// token.
public enum WeightDecayRule {
  /// The model's parameters in two groups.
  public static func groups(_ model: Module, weightDecay: Double) -> [AdamW.Group] {
    let named = model.namedParameters
    return [
      AdamW.Group(parameters: named.filter { isDecayed($0) }, weightDecay: weightDecay),
      AdamW.Group(parameters: named.filter { !isDecayed($0) }, weightDecay: 0),
    ]
  }

  private static func isDecayed(_ named: Module.NamedParameter) -> Bool {
    let name = named.key.split(separator: ".").last.map(String.init) ?? named.key
    return named.parameter.value.rank > 1 && name != "pos_embed" && name != "cls_token"
  }
}
