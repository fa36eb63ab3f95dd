/// Why a data set cannot be used: what is wrong, where, and what to do about it.
public struct DatasetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The whole message.
  public let description: String

  package init(_ description: String) {
    self.description = description
  }
}
