/// A setting whose value cannot be used.
public struct InvalidSetting: UserFacingError, Hashable, Sendable {
  /// The setting's full key path, such as `model.patchSize`.
  public let key: String
  /// What is wrong and what to do.
  public let problem: String

  /// An error about one setting.
  public init(_ key: String, _ problem: String) {
    self.key = key
    self.problem = problem
  }

  /// What was asked is wrong.
  public var exitStatus: ExitStatus { .usage }

  /// The key, then the problem.
  public var description: String { "\(key): \(problem)" }
}
