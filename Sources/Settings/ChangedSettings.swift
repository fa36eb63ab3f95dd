public import SplitMaskCore

/// Settings or images of a resumed run that are not those it was started with.
public struct ChangedSettings: UserFacingError, Hashable, Sendable {
  /// Each setting with its old and new value, and what has become of the images.
  public let changes: [String]
  private let subject: Subject

  /// What was started with others.
  package enum Subject {
    /// A run, which may go on with others.
    case run
    /// A series of trials, which may not.
    case series
  }

  private init(_ changes: [String], _ subject: Subject) {
    (self.changes, self.subject) = (changes, subject)
  }

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// Which settings, and what to do.
  public var description: String {
    let list = changes.map { "  " + $0 }.joined(separator: "\n")
    return switch subject {
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

  /// Compares settings with saved ones.
  ///
  /// - Parameters:
  ///   - others: what else has changed, such as the images.
  ///   - subject: what they are of.
  /// - Throws: the differences that could change a result.
  package static func check<Configuration: RunConfiguration>(
    _ config: Configuration, since saved: Configuration, and others: [String] = [], of subject: Subject
  ) throws {
    let before = try ConfigurationTree(encoding: saved).without(saved.unusedGroups)
    let settings = try before.differences(to: ConfigurationTree(encoding: config).without(config.unusedGroups))
      .filter { !Configuration.keysChangeableOnResume.contains($0.key) }.map(\.description)
    guard settings.isEmpty, others.isEmpty else { throw ChangedSettings(settings + others, subject) }
  }
}
