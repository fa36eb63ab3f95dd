/// An error that a person is shown as it is.
///
/// Its description says what is wrong, where, and what to do.
public protocol UserFacingError: Error, CustomStringConvertible {
  /// What a program that ends with it tells its caller.
  var exitStatus: ExitStatus { get }
}

/// What a program's exit code means; the numbers of sysexits.h.
public enum ExitStatus: Int32, Hashable, Sendable, CaseIterable {
  /// The command line or a setting is wrong.
  case usage = 64
  /// The data or a file is wrong.
  case badData = 65
  /// Another process of the same run was lost.
  case peerLost = 69
  /// A fault of the program.
  case ownFault = 70
  /// The machine has too little memory.
  case outOfMemory = 71
  /// Stopped by a signal; what was trained is saved.
  case interrupted = 75
}

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
