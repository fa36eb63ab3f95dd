public import Torch

/// A tensor that training changes, as part of a module.
public final class Parameter {
  /// The values. Replaced as a whole only when the module moves to another device.
  public internal(set) var value: Tensor

  /// Makes a parameter of initial values, which it owns from here on.
  public init(_ value: Tensor) {
    self.value = value
    value.requiresGradient = true
  }

  /// Overwrites the values in place, leaving type, device and shape as they are.
  public func assign(_ values: Tensor) {
    noGrad { value.copyInPlace(values) }
  }
}
