/// How far a download is.
public struct FetchProgress: Hashable, Sendable {
  /// What is being done with a file.
  public enum Activity: String, Hashable, Sendable {
    case downloading, verifying, unpacking
  }

  /// What is being done.
  public let activity: Activity
  /// The file's name.
  public let file: String
  /// Bytes done; a download that goes on begins with those that were there.
  public let done: Int
  /// Bytes to do; nil when the server does not say.
  public let total: Int?
}
