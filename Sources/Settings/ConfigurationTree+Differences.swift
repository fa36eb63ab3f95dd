extension ConfigurationTree {
  /// A setting that two configurations hold different values of.
  public struct Difference: Hashable, Sendable, CustomStringConvertible {
    /// The setting's full key path, such as `training.batchSize`.
    public let key: String
    /// The first configuration's value; nil when it has no such setting.
    public let before: ConfigurationTree?
    /// The second configuration's value; nil when it has no such setting.
    public let after: ConfigurationTree?

    /// The key and both values on one line.
    public var description: String {
      "\(key): \(before?.inlineYAML ?? "not set") → \(after?.inlineYAML ?? "not set")"
    }
  }

  /// The settings whose values differ, in this tree's order, then those that only `other` has.
  public func differences(to other: ConfigurationTree) -> [Difference] {
    differences(to: other, at: [])
  }

  /// The full key paths of all settings that are no maps of others.
  var keys: [String] {
    guard let fields else { return [] }
    return fields.flatMap { field in
      field.value.fields == nil ? [field.name] : field.value.keys.map { "\(field.name).\($0)" }
    }
  }

  private func differences(to other: ConfigurationTree, at path: [String]) -> [Difference] {
    guard let fields, let others = other.fields else {
      return self == other ? [] : [Difference(key: path.joined(separator: "."), before: self, after: other)]
    }
    var result: [Difference] = []
    for field in fields {
      if let value = other[field.name] {
        result += field.value.differences(to: value, at: path + [field.name])
      } else {
        result.append(Difference(key: (path + [field.name]).joined(separator: "."), before: field.value, after: nil))
      }
    }
    for field in others where self[field.name] == nil {
      result.append(Difference(key: (path + [field.name]).joined(separator: "."), before: nil, after: field.value))
    }
    return result
  }
}
