package import Foundation

/// A file read at any place.
package final class ReadableFile {
  /// Where it is.
  package let url: URL
  /// Its bytes.
  package let size: Int
  private let descriptor: Int32

  /// Opens a file.
  ///
  /// - Throws: `FileError`.
  package init(_ url: URL) throws {
    self.url = url
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", url, code: errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw FileError("read", url, code: code)
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The bytes of a range that lies in the file.
  ///
  /// - Throws: `FileError`.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < range.count {
      let count = result.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, range.count - filled, off_t(range.lowerBound + filled))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileError("read", url, code: count < 0 ? errno : EIO) }
      filled += count
    }
    return result
  }
}
