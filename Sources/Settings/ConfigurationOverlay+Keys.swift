public import Foundation

extension ConfigurationOverlay {
  /// The key paths of the settings that a YAML file and assignments say, such as `model.imageSize`.
  ///
  /// - Parameters:
  ///   - file: nil for none.
  ///   - assignments: each `key.path=value`.
  /// - Throws: `ConfigurationSyntaxError`.
  public static func keys(file: URL?, assignments: [String]) throws -> Set<String> {
    let ofFile = try file.map { url in
      try ConfigurationTree(yaml: String(decoding: Data(contentsOf: url), as: UTF8.self), source: url.path).keys
    }
    let ofAssignments = try assignments.flatMap { try tree(assignment: $0).keys }
    return Set((ofFile ?? []) + ofAssignments)
  }
}
