internal import CTorch

/// One operator of libtorch's library, found once by its schema's name and called through the dispatcher.
///
/// `@unchecked` because the handle points into the dispatcher's table, which is read-only after start.
struct Operator: @unchecked Sendable {
  let name: String
  private let handle: CTOperator

  /// Finds "library::name.overload"; a wrong name stops the program, so every operator in use has a test.
  ///
  /// - Parameter library: libtorch's own, or `splitmask` for those of `CTorchKernels`.
  init(_ name: String, _ overload: String = "", library: String = "aten") {
    self.name = overload.isEmpty ? name : "\(name).\(overload)"
    var found: CTOperator?
    check(ct_operator_find(library + "::" + name, overload, &found), "operator \(name).\(overload)")
    handle = found!
  }

  /// Calls an operator that returns one tensor.
  func callAsFunction(_ arguments: Argument...) -> Tensor {
    let results = call(arguments)
    precondition(results.count == 1, "\(name) returned \(results.count) tensors")
    return results[0]
  }

  /// Calls an operator that returns several tensors, or a list of them.
  func many(_ arguments: Argument...) -> [Tensor] {
    call(arguments)
  }

  /// Calls an operator for its effect.
  func run(_ arguments: Argument...) {
    _ = call(arguments)
  }

  private func call(_ arguments: [Argument]) -> [Tensor] {
    var results: UnsafeMutablePointer<CTValue>?
    var count: Int64 = 0
    let words = arguments.reduce(0) { $0 + $1.wordCount }
    let status = withUnsafeTemporaryAllocation(of: CTValue.self, capacity: arguments.count) { values in
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: words) { arena in
        var next = arena.baseAddress
        for (position, argument) in arguments.enumerated() {
          values.initializeElement(at: position, to: argument.encode(into: &next))
        }
        return ct_operator_call(handle, values.baseAddress, Int64(arguments.count), &results, &count)
      }
    }
    check(status, name, arguments)
    defer { ct_results_free(results) }
    return (0..<Int(count)).compactMap { position in
      let value = results![position]
      return value.kind == CT_TENSOR ? Tensor(owning: value.tensor) : nil
    }
  }
}

/// An argument of a boxed operator call.
enum Argument {
  case none
  /// The schema's own default.
  case byDefault
  case tensor(Tensor)
  case int(Int)
  case double(Double)
  case bool(Bool)
  case string(StaticString)
  case device(Device)
  case ints([Int])
  case bools([Bool])
  case tensors([Tensor])
  case optionalTensors([Tensor?])

  static func optional(_ tensor: Tensor?) -> Argument { tensor.map(Argument.tensor) ?? .none }
  static func optional(_ value: Int?) -> Argument { value.map(Argument.int) ?? .none }
  static func dtype(_ dtype: DType) -> Argument { .int(Int(dtype.rawValue)) }

  /// What an error message says about the argument.
  var summary: String? {
    switch self {
    case .tensor(let tensor): "\(tensor.dtype)\(tensor.shape)"
    case .ints(let values): "\(values)"
    case .int(let value): "\(value)"
    case .tensors(let list): "\(list.count) tensors"
    default: nil
    }
  }

  /// 8-byte words that the argument's list takes.
  fileprivate var wordCount: Int {
    switch self {
    case .ints(let list): list.count
    case .bools(let list): list.count
    case .tensors(let list): list.count
    case .optionalTensors(let list): list.count
    default: 0
    }
  }

  /// The C form; a list's elements are written at `arena`, which moves past them.
  fileprivate func encode(into arena: inout UnsafeMutablePointer<UInt64>?) -> CTValue {
    var value = CTValue()
    switch self {
    case .none: value.kind = CT_NONE
    case .byDefault: value.kind = CT_DEFAULT
    case .tensor(let tensor):
      value.kind = CT_TENSOR
      value.tensor = tensor.handle
    case .int(let integer):
      value.kind = CT_INT
      value.integer = Int64(integer)
    case .double(let real):
      value.kind = CT_DOUBLE
      value.real = real
    case .bool(let flag):
      value.kind = CT_BOOL
      value.integer = flag ? 1 : 0
    case .string(let string):
      value.kind = CT_STRING
      value.string = UnsafeRawPointer(string.utf8Start).assumingMemoryBound(to: CChar.self)
    case .device(let device):
      value.kind = CT_DEVICE
      value.integer = Int64(device.kind.rawValue)
      value.count = Int32(device.index)
    case .ints(let list):
      write(list.map { UInt64(bitPattern: Int64($0)) }, kind: CT_INT_LIST, to: &arena, &value)
    case .bools(let list):
      write(list.map { $0 ? 1 : 0 }, kind: CT_BOOL_LIST, to: &arena, &value)
    case .tensors(let list):
      write(list.map { UInt64(UInt(bitPattern: $0.handle)) }, kind: CT_TENSOR_LIST, to: &arena, &value)
    case .optionalTensors(let list):
      let words = list.map { $0.map { UInt64(UInt(bitPattern: $0.handle)) } ?? 0 }
      write(words, kind: CT_OPTIONAL_TENSOR_LIST, to: &arena, &value)
    }
    return value
  }

  private func write(
    _ words: [UInt64], kind: CTKind, to arena: inout UnsafeMutablePointer<UInt64>?, _ value: inout CTValue
  ) {
    value.kind = kind
    value.count = Int32(words.count)
    guard let start = arena else { return }
    start.initialize(from: words, count: words.count)
    // All lists are of 8-byte words; which member names them does not matter.
    value.integers = UnsafeRawPointer(start).assumingMemoryBound(to: Int64.self)
    arena = start + words.count
  }
}
