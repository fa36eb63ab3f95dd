import SplitMaskCore

/// The settings that a configuration has, to check those of an overlay against.
struct KnownSettings {
  private let tree: ConfigurationTree

  init(_ tree: ConfigurationTree) { self.tree = tree }

  /// Refuses the first setting of `overlay` that is not known.
  ///
  /// - Throws: `InvalidSetting` naming the nearest known setting, or those of its group.
  func check(_ overlay: ConfigurationTree) throws {
    try check(overlay, against: tree, at: [])
  }

  private func check(_ overlay: ConfigurationTree, against known: ConfigurationTree, at path: [String]) throws {
    // Where either is no group, there are no names to compare, and decoding judges the value.
    guard let fields = overlay.fields, let knownFields = known.fields else { return }
    for field in fields {
      guard let value = known[field.name] else {
        let problem = "unknown setting\(advice(field.name, among: knownFields.map(\.name), at: path))"
        throw InvalidSetting((path + [field.name]).joined(separator: "."), problem)
      }
      try check(field.value, against: value, at: path + [field.name])
    }
  }

  private func advice(_ name: String, among siblings: [String], at path: [String]) -> String {
    if let sibling = nearest(to: name, in: siblings) {
      return "; did you mean '\((path + [sibling]).joined(separator: "."))'?"
    }
    // A name given without its group, or in another one.
    let elsewhere = keyPaths(tree, []).filter { $0.last.map { nearest(to: name, in: [$0]) } != .some(nil) }
    let exact = elsewhere.first { $0.last == name } ?? elsewhere.first
    if let exact { return "; did you mean '\(exact.joined(separator: "."))'?" }
    return siblings.isEmpty ? "" : "; known here: \(siblings.joined(separator: ", "))"
  }

  private func keyPaths(_ tree: ConfigurationTree, _ path: [String]) -> [[String]] {
    (tree.fields ?? []).flatMap { field in
      [path + [field.name]] + keyPaths(field.value, path + [field.name])
    }
  }
}
