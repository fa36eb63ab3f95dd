internal import CTorch

extension Tensor {
  private static let toTypeOperator = Operator("to", "dtype")
  private static let toDeviceOperator = Operator("to", "dtype_layout")
  private static let contiguousOperator = Operator("contiguous")
  private static let detachOperator = Operator("detach")
  private static let cloneOperator = Operator("clone")
  private static let copyOperator = Operator("copy_")
  private static let pinOperator = Operator("pin_memory")

  /// The values as another element type; the tensor itself where it has that type already.
  public func to(_ dtype: DType) -> Tensor {
    self.dtype == dtype ? self : Tensor.toTypeOperator(.tensor(self), .dtype(dtype))
  }

  /// The values on another device; the tensor itself where it lives there already.
  ///
  /// `nonBlocking` lets a copy from pinned memory overlap with work on the device.
  public func to(_ device: Device, nonBlocking: Bool = false) -> Tensor {
    if device.kind == .cpu && self.device.kind == .cpu { return self }
    return Tensor.toDeviceOperator(
      .tensor(self), .none, .none, .device(device), .none, .bool(nonBlocking))
  }

  /// The values of a tensor on the CPU, on their way to another device: nothing waits for it, since a GPU fetches them from
  /// pinned memory.
  public func sent(to device: Device) -> Tensor {
    device.kind == .cuda ? Tensor.pinOperator(.tensor(self), .none).to(device, nonBlocking: true) : to(device)
  }

  /// The values one after another in row-major order; the tensor itself where they are so already.
  public func contiguous() -> Tensor {
    isContiguous ? self : Tensor.contiguousOperator(.tensor(self))
  }

  /// The same values without their history.
  public func detached() -> Tensor { Tensor.detachOperator(.tensor(self)) }

  /// A copy.
  public func cloned() -> Tensor { Tensor.cloneOperator(.tensor(self)) }

  /// Overwrites the values with those of another tensor, converted and broadcast as needed.
  public func copyInPlace(_ source: Tensor, nonBlocking: Bool = false) {
    Tensor.copyOperator.run(.tensor(self), .tensor(source), .bool(nonBlocking))
  }
}
