public import SplitMaskCore

/// Why a data set cannot be used: what is wrong, where, and what to do about it.
public struct DatasetError: UserFacingError, Hashable, Sendable {
  /// The whole message.
  public let description: String

  /// The data or a file is wrong.
  public var exitStatus: ExitStatus { .badData }

  package init(_ description: String) {
    self.description = description
  }
}
