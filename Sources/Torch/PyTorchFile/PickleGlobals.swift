/// The names that `torch.save` uses for tensors, and the values that they stand for here.
enum PickleGlobals {
  private static let storageTypes: [String: DType] = [
    "torch.FloatStorage": .float32, "torch.DoubleStorage": .float64, "torch.HalfStorage": .float16,
    "torch.BFloat16Storage": .bfloat16, "torch.LongStorage": .int64, "torch.IntStorage": .int32,
    "torch.ShortStorage": .int16, "torch.CharStorage": .int8, "torch.ByteStorage": .uint8, "torch.BoolStorage": .bool,
  ]

  /// As many dimensions as libtorch's loops over tensors have.
  private static let dimensionLimit = 64

  /// What calling a name would make, for the few names that make tensors and dictionaries; nothing is called for any other.
  static func made(of callee: PickleValue, with arguments: PickleValue) throws -> PickleValue {
    if case .opaque = callee { return callee }
    guard case .global(let name) = callee, case .tuple(let arguments, _) = arguments else {
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
    guard case .tuple(let parts, _) = identifier, parts.count == 5, case .text("storage") = parts[0],
      case .global(let name) = parts[1], case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw PickleMachine.Fault.damaged("its pickle refers to a storage in an unknown way") }
    guard let type = storageTypes[name] else { return .opaque(name) }
    guard count <= Int.max / type.byteCount else {
      throw PickleMachine.Fault.damaged("its pickle refers to a storage of \(count) elements")
    }
    return .storage(.init(type: type, key: key, elementCount: count))
  }

  /// A view: `(storage, offset, shape, strides, …)`, checked to lie within the storage.
  private static func tensor(_ arguments: [PickleValue]) throws -> PickleValue.PickleTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1],
      let shape = integers(arguments[2]), let strides = integers(arguments[3]), shape.count == strides.count,
      shape.count <= dimensionLimit, (0...storage.elementCount).contains(offset),
      (shape + strides).allSatisfy({ $0 >= 0 })
    else { throw PickleMachine.Fault.damaged("its pickle describes a tensor in an unknown way") }
    // As if no dimension were empty: libtorch's strides are products of that kind, and must not overflow either.
    var (last, count, overflows) = (offset, 1, false)
    for (size, stride) in zip(shape.map { max($0, 1) }, strides) {
      let reach = (size - 1).multipliedReportingOverflow(by: stride)
      let sum = last.addingReportingOverflow(reach.partialValue)
      let product = count.multipliedReportingOverflow(by: size)
      (last, count) = (sum.partialValue, product.partialValue)
      overflows = overflows || reach.overflow || sum.overflow || product.overflow
    }
    // No view is larger than its storage, unless it was expanded, which a few bytes could do without end.
    let isWithin = shape.contains(0) || last < storage.elementCount && count <= storage.elementCount
    guard !overflows, isWithin else {
      throw PickleMachine.Fault.damaged("a tensor of it reaches beyond its storage")
    }
    return .init(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private static func integers(_ value: PickleValue) -> [Int]? {
    guard case .tuple(let items, _) = value else { return nil }
    var result: [Int] = []
    for item in items {
      guard case .integer(let number) = item else { return nil }
      result.append(number)
    }
    return result
  }
}
