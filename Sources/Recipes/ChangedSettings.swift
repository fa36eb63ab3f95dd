import Foundation
import Training

/// Settings of a resumed run that are not those it was started with.
public struct ChangedSettings: Error, Hashable, Sendable, CustomStringConvertible {
  /// Each setting with its old and new value.
  public let changes: [String]

  /// Which settings, and what to do.
  public var description: String {
    """
    the run was started with other settings:
    \(changes.map { "  " + $0 }.joined(separator: "\n"))
    Resume with the settings it had, or say --allow-change to go on with the new ones.
    """
  }

  /// Compares settings with those of a run.
  ///
  /// - Throws: the differences that could change the result.
  static func check<Configuration: RunConfiguration>(_ config: Configuration, against folder: RunFolder) throws {
    let saved = try ConfigurationOverlay.applying(file: folder.configuration, to: Configuration())
    let differences = try ConfigurationTree(encoding: saved).differences(to: ConfigurationTree(encoding: config))
    let changes = differences.filter { !Configuration.harmlessKeys.contains($0.key) }.map(\.description)
    guard changes.isEmpty else { throw ChangedSettings(changes: changes) }
  }
}
