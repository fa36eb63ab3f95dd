public import Training

/// Settings with every value chosen.
@dynamicMemberLookup
public struct Resolved<Config: Hashable & Sendable>: Hashable, Sendable {
  /// The settings, to be kept with the run; resolved again they are the same.
  public let config: Config
  /// Length, rates, logs and checkpoints of ``config``.
  public let training: Trainer.ResolvedConfig

  /// Settings and their training part.
  init(_ config: Config, training: Trainer.ResolvedConfig) {
    self.config = config
    self.training = training
  }

  /// A setting of ``config``.
  public subscript<Value>(dynamicMember path: KeyPath<Config, Value>) -> Value { config[keyPath: path] }
}
