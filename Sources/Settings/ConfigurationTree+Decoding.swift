import SplitMaskCore

extension ConfigurationTree {
  /// The configuration that this tree spells out. Names that `Configuration` does not know are passed over.
  ///
  /// - Throws: `InvalidSetting` with the full key path, what was expected and what was found.
  public func decode<Configuration: Decodable>(_ type: Configuration.Type = Configuration.self) throws -> Configuration
  {
    try TreeDecoder(tree: self, codingPath: []).value(type)
  }
}

private struct TreeDecoder: Decoder {
  let tree: ConfigurationTree
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let fields = tree.fields else { throw expected("a group of settings") }
    return KeyedDecodingContainer(KeyedTreeDecoder<Key>(fields: fields, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let items) = tree else { throw expected("a list such as [1, 2]") }
    return UnkeyedTreeDecoder(items: items, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { SingleTreeDecoder(decoder: self) }

  func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let plain = try plainValue(type) { return plain }
    if let names = choiceNames(type) { try check(names) }
    do {
      return try Value(from: self)
    } catch let error as DecodingError {
      throw invalid(error)
    }
  }

  /// The value when `Value` is one of the types that need no container, else nil.
  private func plainValue<Value>(_ type: Value.Type) throws -> Value? {
    if type == Bool.self { return try bool() as? Value }
    if type == String.self {
      guard case .text(let text) = tree else { throw expected("text (put it in quotes)") }
      return text as? Value
    }
    if let type = type as? any FixedWidthInteger.Type { return try integer(type) as? Value }
    if let type = type as? any BinaryFloatingPoint.Type { return try number(type) as? Value }
    return nil
  }

  private func bool() throws -> Bool {
    switch tree {
    case .bool(let value): return value
    // YAML 1.1, which many still write, has these too.
    case .text("yes"), .text("on"): return true
    case .text("no"), .text("off"): return false
    default: throw expected("true or false")
    }
  }

  private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
    let whole: Int128?
    switch tree {
    case .integer(let value): whole = value
    case .number(let value): whole = Int128(exactly: value)
    default: whole = nil
    }
    guard let whole else { throw expected("a whole number") }
    // Sizes and counts are multiplied with each other, which must not overflow; seeds have all bits.
    let range = Value.isSigned ? Int128(Int32.min)...Int128(Int32.max) : Int128(Value.min)...Int128(Value.max)
    guard range.contains(whole), let value = Value(exactly: whole) else {
      throw expected("a whole number between \(range.lowerBound) and \(range.upperBound)")
    }
    return value
  }

  private func number<Value: BinaryFloatingPoint>(_ type: Value.Type) throws -> Value {
    switch tree {
    case .integer(let value): return Value(value)
    case .number(let value): return Value(value)
    default: throw expected("a number")
    }
  }

  private func check(_ names: [String]) throws {
    let all = "one of: \(names.joined(separator: ", "))"
    guard case .text(let text) = tree else { throw expected(all) }
    guard !names.contains(text) else { return }
    let advice = nearest(to: text, in: names).map { "did you mean '\($0)'? It is \(all)" } ?? "it is \(all)"
    throw InvalidSetting(keyPath(codingPath), "unknown value '\(text)'; \(advice)")
  }

  func expected(_ what: String) -> InvalidSetting {
    InvalidSetting(keyPath(codingPath), "expected \(what), found \(tree.foundDescription)")
  }

  private func invalid(_ error: DecodingError) -> InvalidSetting {
    switch error {
    case .keyNotFound(let key, let context):
      InvalidSetting(keyPath(context.codingPath + [key]), "is missing")
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      InvalidSetting(keyPath(context.codingPath), "cannot be \(tree.foundDescription): \(context.debugDescription)")
    @unknown default:
      InvalidSetting(keyPath(codingPath), "cannot be \(tree.foundDescription)")
    }
  }
}

private func keyPath(_ codingPath: [any CodingKey]) -> String {
  codingPath.isEmpty ? "configuration" : codingPath.map(\.stringValue).joined(separator: ".")
}

/// The names of an enum with text as raw values, else nil.
private func choiceNames<Value>(_ type: Value.Type) -> [String]? {
  guard let choice = type as? any (CaseIterable & RawRepresentable).Type else { return nil }
  return names(of: choice)
}

private func names<Choice: CaseIterable & RawRepresentable>(of choice: Choice.Type) -> [String]? {
  choice.RawValue.self == String.self ? choice.allCases.compactMap { $0.rawValue as? String } : nil
}

private struct KeyedTreeDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let fields: [ConfigurationTree.Field]
  let codingPath: [any CodingKey]

  var allKeys: [Key] { fields.compactMap { Key(stringValue: $0.name) } }

  func contains(_ key: Key) -> Bool { fields.contains { $0.name == key.stringValue } }

  func decodeNil(forKey key: Key) throws -> Bool { try decoder(for: key).tree == .null }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decoder(for: key).value(type)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    try decoder(for: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(for: key).unkeyedContainer()
  }

  func superDecoder() -> any Decoder { TreeDecoder(tree: .map(fields), codingPath: codingPath) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(for: key) }

  private func decoder(for key: Key) throws -> TreeDecoder {
    guard let field = fields.first(where: { $0.name == key.stringValue }) else {
      throw InvalidSetting(keyPath(codingPath + [key]), "is missing; give every setting of its group")
    }
    return TreeDecoder(tree: field.value, codingPath: codingPath + [key])
  }
}

private struct UnkeyedTreeDecoder: UnkeyedDecodingContainer {
  let items: [ConfigurationTree]
  let codingPath: [any CodingKey]
  private(set) var currentIndex = 0

  init(items: [ConfigurationTree], codingPath: [any CodingKey]) {
    self.items = items
    self.codingPath = codingPath
  }

  var count: Int? { items.count }
  var isAtEnd: Bool { currentIndex >= items.count }

  private mutating func next() throws -> TreeDecoder {
    guard !isAtEnd else {
      throw InvalidSetting(keyPath(codingPath), "expected a longer list, found \(items.count) value(s)")
    }
    defer { currentIndex += 1 }
    return TreeDecoder(tree: items[currentIndex], codingPath: codingPath)
  }

  mutating func decodeNil() -> Bool {
    guard !isAtEnd, items[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().value(type) }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    try next().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next().unkeyedContainer() }

  mutating func superDecoder() throws -> any Decoder { try next() }
}

private struct SingleTreeDecoder: SingleValueDecodingContainer {
  let decoder: TreeDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { decoder.tree == .null }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
}
