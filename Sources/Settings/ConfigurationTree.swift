/// A configuration as plain data: what Swift structs, YAML files and assignments on the command line have in common.
///
/// Maps keep their order, which is the declaration order of the struct they come from.
public indirect enum ConfigurationTree: Hashable, Sendable {
  /// Nothing: an optional setting that is not set.
  case null
  /// True or false.
  case bool(Bool)
  /// A whole number.
  case integer(Int128)
  /// A number with a fraction or an exponent.
  case number(Double)
  /// Text.
  case text(String)
  /// Values in order.
  case list([ConfigurationTree])
  /// Named values in order; names are unique.
  case map([Field])

  /// A named value.
  public struct Field: Hashable, Sendable {
    /// One component of a key path.
    public let name: String
    /// What it holds.
    public var value: ConfigurationTree

    /// A named value.
    public init(_ name: String, _ value: ConfigurationTree) {
      self.name = name
      self.value = value
    }
  }

  /// The value of a field; nil when this is no map or has no such field.
  public subscript(name: String) -> ConfigurationTree? {
    fields?.first { $0.name == name }?.value
  }

  /// The fields of a map, else nil.
  var fields: [Field]? {
    if case .map(let fields) = self { fields } else { nil }
  }

  /// A tree that holds `value` at a key path.
  init(_ value: ConfigurationTree, at path: [String]) {
    self = path.reversed().reduce(value) { .map([Field($1, $0)]) }
  }

  /// This tree with `overlay` laid over it: maps are merged field by field, anything else is replaced.
  func merged(with overlay: ConfigurationTree) -> ConfigurationTree {
    guard var result = fields, let fields = overlay.fields else { return overlay }
    for field in fields {
      if let position = result.firstIndex(where: { $0.name == field.name }) {
        result[position].value = result[position].value.merged(with: field.value)
      } else {
        result.append(field)
      }
    }
    return .map(result)
  }

  /// This tree without fields of some names.
  func without(_ names: Set<String>) -> ConfigurationTree {
    fields.map { .map($0.filter { !names.contains($0.name) }) } ?? self
  }

  /// This tree with settings under other names.
  ///
  /// - Parameter names: key paths, and what they become.
  func renamed(_ names: [String: String]) -> ConfigurationTree {
    names.reduce(self) { tree, name in
      let path = name.key.split(separator: ".").map(String.init)
      guard let value = path.reduce(tree, { $0?[$1] }) else { return tree }
      return tree.removing(path[...]).merged(
        with: ConfigurationTree(value, at: name.value.split(separator: ".").map(String.init)))
    }
  }

  /// This tree without what is at a key path.
  private func removing(_ path: ArraySlice<String>) -> ConfigurationTree {
    guard let name = path.first, let fields else { return self }
    guard path.count > 1 else { return without([name]) }
    return .map(fields.map { $0.name == name ? Field(name, $0.value.removing(path.dropFirst())) : $0 })
  }

  /// What an error says was found.
  var foundDescription: String {
    switch self {
    case .null: "nothing"
    case .bool(let value): "\(value)"
    case .integer(let value): "the number \(value)"
    case .number(let value): "the number \(value)"
    case .text(let value): "the text '\(value)'"
    case .list: "a list"
    case .map: "a group of settings"
    }
  }
}
