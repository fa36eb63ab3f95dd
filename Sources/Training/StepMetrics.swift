/// The numbers of one logged step, in the order in which they are written.
public struct StepMetrics: Hashable, Sendable {
  /// A number with its name, such as `loss_inpaint`.
  public struct Value: Hashable, Sendable {
    /// Lower case, words joined by underscores.
    public let name: String
    /// May be infinite or not a number.
    public let value: Double

    /// A number with its name.
    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// Optimiser steps done.
  public let step: Int
  /// Epochs begun before this step's.
  public let epoch: Int
  /// The numbers; names are unique.
  public var values: [Value]

  /// The numbers of one step.
  public init(step: Int, epoch: Int, values: [Value]) {
    self.step = step
    self.epoch = epoch
    self.values = values
  }

  /// The number of that name, if it was logged.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }
}
