import DurableFiles
import Foundation

/// A file being written from some place on.
final class WritableFile {
  private let url: URL
  private let descriptor: Int32

  /// Opens or creates a file; a link of that name is refused.
  ///
  /// - Parameter keeping: whether what it holds stays and writing goes on behind it.
  init(_ url: URL, keeping: Bool) throws {
    self.url = url
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (keeping ? O_APPEND : O_TRUNC)
    descriptor = open(url.path, flags, 0o666)
    guard descriptor >= 0 else { throw FileError("write", url, code: errno) }
  }

  deinit { close(descriptor) }

  func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let piece = UnsafeRawBufferPointer(rebasing: rest)
      let count = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError("write", url, code: count < 0 ? errno : ENOSPC) }
      rest = rest.dropFirst(count)
    }
  }

  /// Waits until what was written is on the disk.
  func synchronize() throws {
    guard fsync(descriptor) == 0 else { throw FileError("write", url, code: errno) }
  }
}
