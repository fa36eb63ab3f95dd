public import Foundation

/// A file that grows, one piece at a time: a log.
///
/// Each piece is handed to the system at once and in one call, so that a killed process loses none and readers see
/// whole pieces; a machine that crashes may lose what came after the last `synchronize`.
public final class AppendingFile {
  /// Where the file is.
  public let url: URL
  private let descriptor: Int32

  /// Opens the file at `url` at its end, creating it when there is none.
  ///
  /// - Throws: `FileError`.
  public init(_ url: URL) throws {
    self.url = url
    descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("write", url, code: errno) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Appends one piece.
  ///
  /// - Throws: `FileError`; a part of the piece may then be in the file.
  public func append(_ piece: Data) throws {
    try piece.withUnsafeBytes { try Disk.write($0, to: descriptor, of: url) }
  }

  /// Waits until everything appended is on the disk.
  ///
  /// - Throws: `FileError`.
  public func synchronize() throws {
    try Disk.synchronize(descriptor, of: url)
  }
}
