import DurableFiles
import Foundation

/// A new folder that an archive's members are written to. No link is ever made in it, so that a member's path leads to
/// where it says, and paths that lead out are refused.
struct UnpackFolder {
  let url: URL

  /// The place of a member; nil for the folder itself.
  ///
  /// - Throws: ``DownloadError/unsafe(archive:member:reason:)``.
  func place(of name: String, in archive: URL) throws -> URL? {
    func refuse(_ reason: String) -> DownloadError {
      .unsafe(archive: archive.lastPathComponent, member: name, reason: reason)
    }
    guard !name.utf8.contains(0) else { throw refuse("whose name has a zero byte") }
    guard !name.hasPrefix("/") else { throw refuse("an absolute path") }
    let parts = name.split(separator: "/").filter { $0 != "." }
    guard !parts.contains("..") else { throw refuse("a path that leads out of its folder") }
    return parts.isEmpty ? nil : parts.reduce(url) { $0.appendingPathComponent(String($1)) }
  }

  /// Makes the folder of a member, and those above it.
  func makeFolder(_ place: URL) throws {
    if mkdir(place.path, 0o777) == 0 { return }
    if errno == ENOENT {
      try makeFolder(place.deletingLastPathComponent())
      if mkdir(place.path, 0o777) == 0 { return }
    }
    var status = stat()
    let code = errno
    guard code == EEXIST, lstat(place.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError("create the folder", place, code: code)
    }
  }

  /// Opens a member's file for writing.
  func makeFile(_ place: URL) throws -> WritableFile {
    try makeFolder(place.deletingLastPathComponent())
    return try WritableFile(place, keeping: false)
  }
}
