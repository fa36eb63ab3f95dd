public import SplitMaskCore

/// A file that is not what it should be.
public struct DenseFileError: UserFacingError, Hashable, Sendable {
  /// The file.
  public let path: String
  /// What is wrong with it.
  public let problem: String

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  /// Both in a line.
  public var description: String { "\(path): \(problem)" }
}
