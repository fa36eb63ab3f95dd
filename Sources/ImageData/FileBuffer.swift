import Foundation
import ImageCoding

/// Memory that one file after the other is read into, so that reading allocates only when a file is the largest yet.
///
/// Not for two threads at once: each worker has its own.
package final class FileBuffer {
  /// Larger files are refused: no encoded image of a permitted size needs more.
  static let byteLimit = 1 << 31
  /// A buffer that grew beyond this for one odd file is given back before the next.
  private static let keptCapacity = 64 << 20

  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0

  package init() {}

  deinit {
    free(memory)
  }

  /// Reads a file, or a part of it, and calls `body` with the bytes, which are valid inside it only.
  ///
  /// `path` is bytes because a file's name need not be valid UTF-8.
  /// - Throws: `ImageError` when the file cannot be opened or ends before `range` does (unless `mayEndEarly`);
  ///   whatever `body` throws.
  package func withBytes<Result>(
    ofFile path: [UInt8], range: Range<Int>? = nil, mayEndEarly: Bool = false,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let bytes = try read(path, range, mayEndEarly: mayEndEarly)
    return try withExtendedLifetime(self) { try body(bytes) }
  }

  private func read(_ path: [UInt8], _ range: Range<Int>?, mayEndEarly: Bool) throws -> UnsafeRawBufferPointer {
    let descriptor = (path + [0]).withUnsafeBytes { bytes in
      open(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    }
    guard descriptor >= 0 else { throw ImageError.system("cannot be opened", errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw ImageError.system("cannot be read", errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw ImageError.unreadable("is not a regular file") }
    var wanted = range ?? 0..<Int(status.st_size)
    if mayEndEarly { wanted = wanted.clamped(to: 0..<Int(status.st_size)) }
    guard wanted.count <= Self.byteLimit else { throw ImageError.unreadable("is larger than 2 GiB") }
    try reserve(wanted.count)
    return try fill(from: descriptor, wanted)
  }

  private func fill(from descriptor: Int32, _ wanted: Range<Int>) throws -> UnsafeRawBufferPointer {
    guard let memory else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    var filled = 0
    while filled < wanted.count {
      let count = pread(descriptor, memory + filled, wanted.count - filled, off_t(wanted.lowerBound + filled))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw ImageError.system("cannot be read", errno) }
      guard count > 0 else { throw ImageError.unreadable("was cut while it was being read") }
      filled += count
    }
    return UnsafeRawBufferPointer(start: memory, count: filled)
  }

  private func reserve(_ count: Int) throws {
    guard count > capacity || capacity > Self.keptCapacity else { return }
    free(memory)
    // Half as much again, so that a slow rise of sizes does not allocate each time.
    capacity = max(count + min(count / 2, Self.keptCapacity), 64 << 10)
    memory = malloc(capacity)
    guard memory != nil else {
      capacity = 0
      throw ImageError.unreadable("needs more memory than there is")
    }
  }
}
