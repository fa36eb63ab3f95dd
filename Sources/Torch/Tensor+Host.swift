internal import CTorch

extension Tensor {
  /// A tensor on the CPU with a copy of an array's values, in row-major order.
  public convenience init<Element: TensorElement>(_ values: [Element], shape: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values do not fill \(shape)")
    self.init(shape: shape, dtype: Element.dtype) { destination in
      values.withUnsafeBytes { destination.copyMemory(from: $0) }
    }
  }

  /// A tensor of one dimension on the CPU with a copy of an array's values.
  public convenience init<Element: TensorElement>(_ values: [Element]) {
    self.init(values, shape: [values.count])
  }

  /// A scalar on the CPU.
  public convenience init<Element: TensorElement>(scalar: Element) {
    self.init([scalar], shape: [])
  }

  /// A contiguous tensor on the CPU whose bytes `fill` writes.
  public convenience init(shape: [Int], dtype: DType, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    let tensor = Tensor.empty(shape, dtype: dtype)
    let bytes = UnsafeMutableRawBufferPointer(
      start: tensor.dataPointer, count: tensor.elementCount * dtype.byteCount)
    try fill(bytes)
    self.init(owning: ct_tensor_retain(tensor.handle))
  }

  /// A tensor on the CPU over memory that `owner` keeps alive; nothing is copied.
  ///
  /// The memory must not change while the tensor is in use.
  public convenience init(sharing bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType, owner: AnyObject) {
    precondition(bytes.count >= shape.reduce(1, *) * dtype.byteCount, "\(bytes.count) bytes do not fill \(shape)")
    var result: CTTensor?
    let context = Unmanaged.passRetained(owner).toOpaque()
    let release: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
      Unmanaged<AnyObject>.fromOpaque(context!).release()
    }
    let sizes = shape.map(Int64.init)
    let address = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
    check(
      ct_tensor_from_memory(address, sizes, Int64(sizes.count), dtype.rawValue, release, context, &result),
      "Tensor(sharing:)")
    self.init(owning: result!)
  }

  /// The values in row-major order, converted to the element type asked for. Waits for the device.
  public func array<Element: TensorElement>(of type: Element.Type = Element.self) -> [Element] {
    let host = detached().to(.cpu).to(Element.dtype).contiguous()
    return host.withBytes { bytes in Array(bytes.bindMemory(to: Element.self)) }
  }

  /// The value of a tensor with one element. Waits for the device.
  public func item() -> Double {
    precondition(elementCount == 1, "item() of a tensor of shape \(shape)")
    return array(of: Double.self)[0]
  }

  /// The bytes of a contiguous tensor on the CPU.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    precondition(device.kind == .cpu && isContiguous, "withBytes needs a contiguous tensor on the CPU")
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: dataPointer, count: elementCount * dtype.byteCount))
  }
}
