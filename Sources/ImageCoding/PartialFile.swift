import Foundation
import Synchronization

/// A file of which parts are read, so that its size does not matter.
package final class PartialFile: Sendable {
  /// Bytes of the file.
  package let count: Int
  private let descriptor: Int32
  /// Numbers of a directory lie near each other, so a stretch is read at once.
  private let near = Mutex<(start: Int, bytes: [UInt8])>((0, []))

  private static let nearCount = 4096

  /// - Parameter path: bytes, because a file's name need not be valid UTF-8.
  /// - Throws: `ImageError` when the file cannot be opened.
  package init(path: [UInt8]) throws {
    descriptor = (path + [0]).withUnsafeBytes { bytes in
      open(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    }
    guard descriptor >= 0 else { throw ImageError.system("cannot be opened", errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ImageError.unreadable("is not a regular file")
    }
    count = Int(status.st_size)
  }

  deinit {
    close(descriptor)
  }

  /// A few bytes.
  ///
  /// - Throws: `ImageError` where the file ends before.
  func window(_ range: Range<Int>) throws -> ArraySlice<UInt8> {
    try near.withLock { near in
      if range.lowerBound < near.start || range.upperBound > near.start + near.bytes.count {
        let end = min(max(range.lowerBound + Self.nearCount, range.upperBound), count)
        near = (range.lowerBound, try bytes(range.lowerBound..<end))
      }
      return near.bytes[range.lowerBound - near.start..<range.upperBound - near.start]
    }
  }

  /// - Throws: `ImageError` where the file ends before.
  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      while filled < range.count {
        let count = pread(
          descriptor, buffer.baseAddress! + filled, range.count - filled, off_t(range.lowerBound + filled))
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw ImageError.system("cannot be read", errno) }
        guard count > 0 else { throw ImageError.unreadable("was cut while it was being read") }
        filled += count
      }
    }
  }
}
