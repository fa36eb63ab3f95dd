public import Foundation
import SplitMaskCore

/// Lays YAML files and assignments over a configuration.
///
/// Each layer is checked as it is laid on, so that an error can say which one it comes from. Lists are replaced whole.
/// What values go together is for the configuration's own `validate()`, once, after the last layer.
///
/// A `Configuration` needs nothing but synthesised `Codable`: its properties are the known settings, optionals
/// included, and an enum of `String` raw values that is `CaseIterable` gets its choices named in errors.
public enum ConfigurationOverlay {
  /// `configuration` changed by a YAML file.
  ///
  /// - Throws: `ConfigurationSyntaxError` when the file is not YAML, `InvalidSetting` when it names an unknown setting
  ///   or gives a value of a wrong type, Foundation's error when it cannot be read.
  public static func applying<Configuration: Codable>(
    file: URL, to configuration: Configuration
  ) throws -> Configuration {
    let data: Data
    do {
      data = try Data(contentsOf: file)
    } catch {
      throw ConfigurationSyntaxError(source: file.path, problem: "cannot be read: \(error.localizedDescription)")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw ConfigurationSyntaxError(source: file.path, problem: "is not UTF-8 text")
    }
    return try applying(yaml: text, source: file.path, to: configuration)
  }

  /// `configuration` changed by YAML text, such as a recipe's.
  ///
  /// - Parameters:
  ///   - yaml: the changes, a YAML document.
  ///   - source: What errors call the text.
  ///   - configuration: the settings to start from.
  /// - Throws: `ConfigurationSyntaxError` or `InvalidSetting`.
  public static func applying<Configuration: Codable>(
    yaml: String, source: String, to configuration: Configuration
  ) throws -> Configuration {
    let tree = try ConfigurationTree(yaml: yaml, source: source)
    switch tree {
    case .null: return configuration
    case .map: return try applying(tree, source: source, to: configuration)
    default:
      throw ConfigurationSyntaxError(
        source: source, problem: "expected settings such as 'name: value', found \(tree.foundDescription)")
    }
  }

  /// `configuration` changed by one assignment after the other, each `key.path=value`.
  ///
  /// - Throws: `ConfigurationSyntaxError` or `InvalidSetting`, about the first that is wrong.
  public static func applying<Configuration: Codable>(
    assignments: [String], to configuration: Configuration
  ) throws -> Configuration {
    try assignments.reduce(configuration) { try applying(assignment: $1, to: $0) }
  }

  /// `configuration` changed by one assignment `key.path=value`, whose value is YAML.
  ///
  /// - Throws: `ConfigurationSyntaxError` or `InvalidSetting`.
  public static func applying<Configuration: Codable>(
    assignment: String, to configuration: Configuration
  ) throws -> Configuration {
    try applying(tree(assignment: assignment), source: "'\(assignment)'", to: configuration)
  }

  /// What an assignment says, as a tree with a single path.
  ///
  /// - Throws: `ConfigurationSyntaxError`.
  static func tree(assignment: String) throws -> ConfigurationTree {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].split(separator: ".", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard parts.count == 2, !path.contains("") else {
      throw ConfigurationSyntaxError(source: "'\(assignment)'", problem: "expected key.path=value")
    }
    return ConfigurationTree(try ConfigurationTree(yaml: String(parts[1]), source: "'\(assignment)'"), at: path)
  }

  private static func applying<Configuration: Codable>(
    _ overlay: ConfigurationTree, source: String, to configuration: Configuration
  ) throws -> Configuration {
    let known = try ConfigurationTree(encoding: configuration)
    let overlay = overlay.renamed((Configuration.self as? any RunConfiguration.Type)?.earlierNames ?? [:])
    do {
      try KnownSettings(known).check(overlay)
      let merged = known.merged(with: overlay)
      let result = try merged.decode(Configuration.self)
      // What was nil before has shown its settings only now.
      try KnownSettings(ConfigurationTree(encoding: result)).check(overlay)
      return result
    } catch let error as InvalidSetting {
      throw InvalidSetting(error.key, "\(error.problem) (in \(source))")
    }
  }
}

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
