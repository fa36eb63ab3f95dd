/// The names that `torch.save` uses for tensors, and the values that they stand for here.
enum PickleGlobals {
  private static let storageTypes: [String: DType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
    "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8, "torch.BoolStorage": .bool,
  ]

  /// What calling a name would make, for the few names that make tensors and dictionaries; nothing is called for any other.
  static func made(of callee: PickleValue, with arguments: PickleValue) throws -> PickleValue {
    if case .opaque = callee { return callee }
    guard case .global(let name) = callee, case .tuple(let arguments) = arguments else {
      throw PickleMachine.Fault.damaged("its pickle calls what is no name")
    }
    switch name {
    case "collections.OrderedDict" where arguments.isEmpty, "collections.defaultdict":
      return .dictionary(PickleValue.PickleDictionary())
    case "torch._utils._rebuild_tensor_v2":
      if case .opaque? = arguments.first { return arguments[0] }
      return .tensor(try tensor(arguments))
    case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
      switch arguments.first {
      case .tensor, .opaque: return arguments[0]
      default: throw PickleMachine.Fault.damaged("its pickle makes a parameter of what is no tensor")
      }
    case "torch._tensor._rebuild_from_type_v2" where arguments.count == 4:
      // A subclass of tensors: a function that makes the tensor, the subclass, the arguments, attributes.
      guard case .global(let function) = arguments[0], function != name else { return .opaque(name) }
      return try made(of: arguments[0], with: arguments[2])
    default: return .opaque(name)
    }
  }

  /// A storage: `('storage', type, key, location, element count)`.
  static func storage(_ identifier: PickleValue) throws -> PickleValue {
    guard case .tuple(let parts) = identifier, parts.count == 5, case .text("storage") = parts[0],
      case .global(let name) = parts[1], case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw PickleMachine.Fault.damaged("its pickle refers to a storage in an unknown way") }
    guard let type = storageTypes[name] else { return .opaque(name) }
    return .storage(.init(type: type, key: key, elementCount: count))
  }

  /// A view: `(storage, offset, shape, strides, …)`, checked to lie within the storage.
  private static func tensor(_ arguments: [PickleValue]) throws -> PickleValue.PickleTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3]), shape.count == strides.count,
      offset >= 0, (shape + strides).allSatisfy({ $0 >= 0 })
    else { throw PickleMachine.Fault.damaged("its pickle describes a tensor in an unknown way") }
    if !shape.contains(0) {
      var last = offset
      for (size, stride) in zip(shape, strides) {
        let (reach, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
        let (sum, beyond) = last.addingReportingOverflow(reach)
        guard !overflow, !beyond else { throw PickleMachine.Fault.damaged("a tensor of it reaches beyond its storage") }
        last = sum
      }
      // No view is larger than its storage, unless it was expanded, which a few bytes could do without end.
      let count = shape.reduce((value: 1, overflow: false)) { total, size in
        let product = total.value.multipliedReportingOverflow(by: size)
        return (product.partialValue, total.overflow || product.overflow)
      }
      guard last < storage.elementCount, !count.overflow, count.value <= storage.elementCount else {
        throw PickleMachine.Fault.damaged("a tensor of it reaches beyond its storage")
      }
    }
    return .init(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let items) = value else { return nil }
    var result: [Int] = []
    for item in items {
      guard case .integer(let number) = item else { return nil }
      result.append(number)
    }
    return result
  }
}
