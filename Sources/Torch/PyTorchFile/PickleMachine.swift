import Foundation

/// Reads a pickle as far as it describes tensors and plain values. It calls nothing: the few names it knows are turned
/// into values of its own; of any other that a pickle wants made, the name is all that is kept.
struct PickleMachine {
  /// Why reading stopped.
  enum Fault: Error {
    case damaged(String)
  }

  private let bytes: UnsafeRawBufferPointer
  private var place = 0
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  /// All that were made, for ``release()``.
  private var lists: [PickleValue.PickleList] = []
  private var dictionaries: [PickleValue.PickleDictionary] = []

  /// Tuples within each other; more are in no checkpoint.
  private static let deepestTuple = 1_000

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// The value that the pickle describes.
  ///
  /// - Throws: ``Fault``.
  mutating func run() throws -> PickleValue {
    while true {
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") { return try pop() }
      if try literal(opcode) || collection(opcode) || reference(opcode) { continue }
      throw Fault.damaged("its pickle has the unknown instruction \(opcode) at byte \(place - 1)")
    }
  }

  /// Empties every list and dictionary, one after the other: left to themselves, those within each other would end within
  /// each other, on a stack that a file's depth overflows, and those that hold themselves never.
  mutating func release() {
    (stack, memo) = ([], [:])
    for list in lists { list.items = [] }
    for dictionary in dictionaries { dictionary.items = [] }
  }

  /// Numbers, strings, constants.
  private mutating func literal(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case 0x80: _ = try byte()  // PROTO
    case 0x95: _ = try take(8)  // FRAME
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try byte())))
    case UInt8(ascii: "M"): stack.append(.integer(try unsigned(2)))
    case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: try unsigned(4)))))
    case 0x8a: stack.append(try long(Int(try byte())))  // LONG1
    case 0x8b: stack.append(try long(try unsigned(4)))  // LONG4
    case UInt8(ascii: "G"): stack.append(.number(try double()))
    case UInt8(ascii: "X"): stack.append(.text(try text(try unsigned(4))))
    case 0x8c: stack.append(.text(try text(Int(try byte()))))  // SHORT_BINUNICODE
    case 0x8d: stack.append(.text(try text(try unsigned(8))))  // BINUNICODE8
    case UInt8(ascii: "U"): stack.append(.text(try text(Int(try byte()))))
    case UInt8(ascii: "T"): stack.append(.text(try text(try unsigned(4))))
    case UInt8(ascii: "C"): stack.append(.bytes(Array(try take(Int(try byte())))))
    case UInt8(ascii: "B"): stack.append(.bytes(Array(try take(try unsigned(4)))))
    case 0x8e, 0x96: stack.append(.bytes(Array(try take(try unsigned(8)))))  // BINBYTES8, BYTEARRAY8
    default: return false
    }
    return true
  }

  /// Lists, tuples, dictionaries.
  private mutating func collection(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "]"), UInt8(ascii: "l"), 0x8f, 0x91:  // the last two: EMPTY_SET, FROZENSET
      let list = PickleValue.PickleList()
      if opcode == UInt8(ascii: "l") || opcode == 0x91 { list.items = try popToMark() }
      lists.append(list)
      stack.append(.list(list))
    case UInt8(ascii: "}"): push(.dictionary(PickleValue.PickleDictionary()))
    case UInt8(ascii: ")"): try pushTuple([])
    case 0x85, 0x86, 0x87: try pushTuple(try pop(Int(opcode - 0x84)))
    case UInt8(ascii: "t"): try pushTuple(try popToMark())
    case UInt8(ascii: "a"): try extend([try pop()])
    case UInt8(ascii: "e"), 0x90: try extend(try popToMark())  // the second: ADDITEMS
    case UInt8(ascii: "s"): try insert(try pop(2))
    case UInt8(ascii: "u"): try insert(try popToMark())
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    default: return false
    }
    return true
  }

  /// Names, what is made of them, and what was made before.
  private mutating func reference(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "q"): memo[Int(try byte())] = try top()
    case UInt8(ascii: "r"): memo[try unsigned(4)] = try top()
    case 0x94: memo[memo.count] = try top()  // MEMOIZE
    case UInt8(ascii: "h"): stack.append(try remembered(Int(try byte())))
    case UInt8(ascii: "j"): stack.append(try remembered(try unsigned(4)))
    case UInt8(ascii: "c"): stack.append(.global(try line() + "." + line()))
    case 0x93:  // STACK_GLOBAL
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw Fault.damaged("its pickle names a type by something that is no text")
      }
      stack.append(.global(module + "." + name))
    case UInt8(ascii: "R"), 0x81, 0x92:  // REDUCE, NEWOBJ, NEWOBJ_EX
      if opcode == 0x92 { _ = try pop() }
      let arguments = try pop()
      push(try PickleGlobals.made(of: try pop(), with: arguments))
    case UInt8(ascii: "Q"): stack.append(try PickleGlobals.storage(try pop()))
    case UInt8(ascii: "b"): try build(try pop())
    default: return false
    }
    return true
  }

  /// What `__setstate__` would do. PyTorch hangs `_metadata` on ordered dictionaries that way, which is not needed.
  private func build(_ state: PickleValue) throws {
    switch stack.last {
    case .dictionary, .tensor, .opaque: return
    default: throw Fault.damaged("its pickle sets the state of something that has none")
    }
  }

  private mutating func extend(_ items: [PickleValue]) throws {
    switch stack.last {
    case .list(let list): list.items += items
    case .opaque: return
    default: throw Fault.damaged("its pickle appends to what is no list")
    }
  }

  private mutating func insert(_ items: [PickleValue]) throws {
    guard items.count % 2 == 0 else { throw Fault.damaged("its pickle has a key without a value") }
    switch stack.last {
    case .dictionary(let dictionary):
      for position in stride(from: 0, to: items.count, by: 2) {
        dictionary.items.append((items[position], items[position + 1]))
      }
    case .opaque: return
    default: throw Fault.damaged("its pickle sets keys of what is no dictionary")
    }
  }

  /// Puts a value on the stack that may be a new dictionary.
  private mutating func push(_ value: PickleValue) {
    if case .dictionary(let dictionary) = value { dictionaries.append(dictionary) }
    stack.append(value)
  }

  private mutating func pushTuple(_ items: [PickleValue]) throws {
    let depth = items.reduce(1) { deepest, item in
      guard case .tuple(_, let depth) = item else { return deepest }
      return max(deepest, depth + 1)
    }
    guard depth <= Self.deepestTuple else { throw Fault.damaged("its pickle nests tuples without end") }
    stack.append(.tuple(items, depth: depth))
  }

  private func remembered(_ number: Int) throws -> PickleValue {
    guard let value = memo[number] else { throw Fault.damaged("its pickle refers to what it has not made") }
    return value
  }

  private func top() throws -> PickleValue {
    guard let value = stack.last else { throw Fault.damaged("its pickle takes from an empty stack") }
    return value
  }

  private mutating func pop() throws -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws -> [PickleValue] {
    guard stack.count >= count else { throw Fault.damaged("its pickle takes from an empty stack") }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast(), mark <= stack.count else {
      throw Fault.damaged("its pickle ends a group that it has not begun")
    }
    return try pop(stack.count - mark)
  }

  private mutating func byte() throws -> UInt8 { try take(1)[0] }

  private mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count >= 0, count <= bytes.count - place else { throw Fault.damaged("its pickle is cut short") }
    defer { place += count }
    return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
  }

  private mutating func unsigned(_ width: Int) throws -> Int {
    let value = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let count = Int(exactly: value) else { throw Fault.damaged("its pickle has a number beyond all sizes") }
    return count
  }

  /// A signed number; one that no tensor can need, such as a random generator's state, is kept as its bytes.
  private mutating func long(_ width: Int) throws -> PickleValue {
    let part = try take(width)
    guard width <= 8 else { return .bytes(Array(part)) }
    let value = part.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard width > 0 else { return .integer(0) }
    let shift = 64 - 8 * width
    return .integer(Int(Int64(bitPattern: value << UInt64(shift)) >> Int64(shift)))
  }

  /// Big-endian, unlike everything else.
  private mutating func double() throws -> Double {
    Double(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  private mutating func text(_ count: Int) throws -> String { String(decoding: try take(count), as: UTF8.self) }

  private mutating func line() throws -> String {
    guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "\n")) else {
      throw Fault.damaged("its pickle is cut short")
    }
    let line = try text(end - place)
    place += 1
    return line
  }
}
