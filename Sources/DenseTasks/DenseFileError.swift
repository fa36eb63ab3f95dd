/// A file that is not what it should be.
public struct DenseFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong with it.
  public let problem: String

  /// Both in a line.
  public var description: String { "\(path): \(problem)" }
}
