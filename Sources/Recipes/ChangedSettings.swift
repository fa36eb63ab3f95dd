import Foundation
public import Settings
import Training

/// Settings or images of a resumed run that are not those it was started with.
public struct ChangedSettings: UserFacingError, Hashable, Sendable {
  /// Each setting with its old and new value, and what has become of the images.
  public let changes: [String]
  /// What was started with others, and what to do now.
  private let advice: Advice

  private enum Advice { case run, series }

  private init(_ changes: [String], _ advice: Advice) {
    (self.changes, self.advice) = (changes, advice)
  }

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// Which settings, and what to do.
  public var description: String {
    let list = changes.map { "  " + $0 }.joined(separator: "\n")
    return switch advice {
    case .run:
      """
      the run was started with other settings or images:
      \(list)
      Resume with what it had, or say --allow-change to go on with what there is now.
      """
    case .series:
      """
      what is in the folder was started with other settings:
      \(list)
      Go on with what it had, or choose another folder.
      """
    }
  }

  /// Compares settings and images with those of a run.
  ///
  /// - Throws: the differences that could change the result.
  static func check<Configuration: RunConfiguration>(
    _ config: Configuration, _ images: RunImages, against folder: RunFolder
  ) throws {
    let changes = try settings(of: Configuration.ofRun(in: folder), changedTo: config) + images.changes(since: folder)
    guard changes.isEmpty else { throw ChangedSettings(changes, .run) }
  }

  /// Compares settings with those of a series of trials.
  ///
  /// - Throws: the differences that could change a result.
  static func check<Configuration: RunConfiguration>(
    _ config: Configuration, againstSeries saved: Configuration
  ) throws {
    let changes = try settings(of: saved, changedTo: config)
    guard changes.isEmpty else { throw ChangedSettings(changes, .series) }
  }

  /// The settings that differ and could change a result, each with its old and new value.
  private static func settings<Configuration: RunConfiguration>(
    of saved: Configuration, changedTo config: Configuration
  ) throws -> [String] {
    try ConfigurationTree(encoding: saved).differences(to: ConfigurationTree(encoding: config))
      .filter { !Configuration.keysChangeableOnResume.contains($0.key) }.map(\.description)
  }
}
