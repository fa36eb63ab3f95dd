package import Foundation

/// Folders that need not be whole.
package enum Folders {
  /// Creates a folder and its parents where they are missing.
  ///
  /// - Throws: `FileError`, naming `url`, also when a part of the path is a file.
  package static func create(_ url: URL) throws {
    guard let code = make(url) else { return }
    throw FileError("create the folder", url, code: code)
  }

  /// Makes sure that files can be written into a folder, by writing one.
  ///
  /// - Throws: `FileError`.
  package static func requireWritable(_ url: URL) throws {
    let probe = Disk.asideURL(for: url.appendingPathComponent("writable"))
    let descriptor = open(probe.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError("write into", url, code: errno) }
    unlink(probe.path)
    close(descriptor)
  }

  /// The system's error number; nil when the folder is there.
  private static func make(_ url: URL) -> Int32? {
    if mkdir(url.path, 0o777) == 0 { return nil }
    let code = errno
    switch code {
    case EEXIST: return isFolder(url) ? nil : ENOTDIR
    // Some file systems say that they are read-only before they say that a folder is there.
    case EROFS, EACCES, EPERM, EISDIR: return isFolder(url) ? nil : code
    case ENOENT:
      let parent = url.deletingLastPathComponent()
      guard parent.path.utf8.count < url.path.utf8.count else { return code }
      if let problem = make(parent) { return problem }
      return mkdir(url.path, 0o777) == 0 || isFolder(url) ? nil : errno
    default: return code
    }
  }

  private static func isFolder(_ url: URL) -> Bool {
    var status = stat()
    return stat(url.path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
