import Foundation
public import Settings
import Training

/// Settings or images of a resumed run that are not those it was started with.
public struct ChangedSettings: UserFacingError, Hashable, Sendable {
  /// Each setting with its old and new value, and what has become of the images.
  public let changes: [String]

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// Which settings, and what to do.
  public var description: String {
    """
    the run was started with other settings or images:
    \(changes.map { "  " + $0 }.joined(separator: "\n"))
    Resume with what it had, or say --allow-change to go on with what there is now.
    """
  }

  /// Compares settings and images with those of a run.
  ///
  /// - Throws: the differences that could change the result.
  static func check<Configuration: RunConfiguration>(
    _ config: Configuration, _ images: RunImages, against folder: RunFolder
  ) throws {
    let saved = try Configuration.ofRun(in: folder)
    let differences = try ConfigurationTree(encoding: saved).differences(to: ConfigurationTree(encoding: config))
    let settings = differences.filter { !Configuration.keysChangeableOnResume.contains($0.key) }.map(\.description)
    let changes = try settings + images.changes(since: folder)
    guard changes.isEmpty else { throw ChangedSettings(changes: changes) }
  }
}
