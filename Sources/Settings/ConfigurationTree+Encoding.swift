extension ConfigurationTree {
  /// The settings of `configuration` in the order in which they are declared, unset optionals included.
  ///
  /// - Throws: What a hand-written `encode(to:)` throws.
  public init(encoding configuration: some Encodable) throws {
    let slot = Slot()
    try configuration.encode(to: TreeEncoder(slot: slot, codingPath: []))
    self = slot.tree
  }
}

/// Where an encoder puts what it is given; a class because containers outlive the call that makes them.
private final class Slot {
  private var value = ConfigurationTree.null
  private var names: [String] = []
  private var children: [Slot] = []

  func set(_ value: ConfigurationTree) { self.value = value }

  func child(named name: String? = nil) -> Slot {
    let child = Slot()
    if let name { names.append(name) }
    children.append(child)
    return child
  }

  var tree: ConfigurationTree {
    switch value {
    case .map: .map(zip(names, children).map { ConfigurationTree.Field($0, $1.tree) })
    case .list: .list(children.map(\.tree))
    default: value
    }
  }

  func encode(_ value: some Encodable, at codingPath: [any CodingKey]) throws {
    switch value {
    case let value as Bool: set(.bool(value))
    case let value as String: set(.text(value))
    // By its shortest decimal: 0.1 as Float must not become 0.10000000149.
    case let value as Float: set(.number(Double("\(value)") ?? Double(value)))
    case let value as any BinaryFloatingPoint: set(.number(Double(value)))
    case let value as any FixedWidthInteger: set(.integer(Int128(value)))
    default: try value.encode(to: TreeEncoder(slot: self, codingPath: codingPath))
    }
  }
}

private struct TreeEncoder: Encoder {
  let slot: Slot
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    slot.set(.map([]))
    return KeyedEncodingContainer(KeyedTreeEncoder<Key>(slot: slot, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    slot.set(.list([]))
    return UnkeyedTreeEncoder(slot: slot, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleTreeEncoder(slot: slot, codingPath: codingPath)
  }
}

private struct KeyedTreeEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) { slot.child(named: key.stringValue).set(.null) }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    try slot.child(named: key.stringValue).encode(value, at: codingPath + [key])
  }

  func encodeIfPresent<Value: Encodable>(_ value: Value?, forKey key: Key) throws { try set(value, key) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    encoder(for: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(for: key).unkeyedContainer() }

  func superEncoder() -> any Encoder {
    TreeEncoder(slot: slot.child(named: "super"), codingPath: codingPath)
  }

  func superEncoder(forKey key: Key) -> any Encoder { encoder(for: key) }

  private func set(_ value: (some Encodable)?, _ key: Key) throws {
    if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
  }

  private func encoder(for key: Key) -> TreeEncoder {
    TreeEncoder(slot: slot.child(named: key.stringValue), codingPath: codingPath + [key])
  }
}

// The standard library's versions leave unset optionals out; here they are known settings like any other. Each type
// has a version of its own there, which the generic one above does not take the place of.
extension KeyedTreeEncoder {
  func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: String?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: Int128?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try set(value, key) }
  func encodeIfPresent(_ value: UInt128?, forKey key: Key) throws { try set(value, key) }
}

private struct UnkeyedTreeEncoder: UnkeyedEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]
  private(set) var count = 0

  init(slot: Slot, codingPath: [any CodingKey]) {
    self.slot = slot
    self.codingPath = codingPath
  }

  private mutating func next() -> Slot {
    count += 1
    return slot.child()
  }

  mutating func encodeNil() { next().set(.null) }

  mutating func encode(_ value: some Encodable) throws { try next().encode(value, at: codingPath) }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    TreeEncoder(slot: next(), codingPath: codingPath).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    TreeEncoder(slot: next(), codingPath: codingPath).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { TreeEncoder(slot: next(), codingPath: codingPath) }
}

private struct SingleTreeEncoder: SingleValueEncodingContainer {
  let slot: Slot
  let codingPath: [any CodingKey]

  func encodeNil() { slot.set(.null) }

  func encode(_ value: some Encodable) throws { try slot.encode(value, at: codingPath) }
}
