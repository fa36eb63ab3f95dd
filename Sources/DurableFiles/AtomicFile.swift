public import Foundation

/// Writes whole files: after a crash at any moment the file holds either its old content or all of its new content.
public enum AtomicFile {
  /// Replaces the content of `destination`, or creates it.
  ///
  /// - Throws: `FileError`; the old file is then untouched and nothing is left beside it.
  public static func write(_ data: Data, to destination: URL) throws {
    try write(to: destination) { try $0.write(data) }
  }

  /// Replaces the content of `destination`, or creates it, with what `body` writes.
  ///
  /// - Throws: `FileError`, or what `body` throws; the old file is then untouched and nothing is left beside it.
  public static func write(to destination: URL, _ body: (FileSink) throws -> Void) throws {
    try refuseIrregular(destination)
    let aside = Disk.asideURL(for: destination)
    let sink = try FileSink(creating: aside, for: destination)
    do {
      try body(sink)
      try sink.synchronize()
      try Disk.rename(aside, to: destination)
    } catch {
      unlink(aside.path)
      throw error
    }
    try Disk.synchronizeFolder(destination.deletingLastPathComponent())
  }

  /// Renaming over a device or a pipe would replace it with a file; renaming over a folder fails with a poorer message.
  private static func refuseIrregular(_ destination: URL) throws {
    var status = stat()
    guard stat(destination.path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    throw FileError("write", destination, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
  }
}
