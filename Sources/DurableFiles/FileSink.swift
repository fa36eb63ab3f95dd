public import Foundation

/// A file being written, in order, from its beginning.
public final class FileSink {
  private let descriptor: Int32
  /// The name that errors give: the final one, not the aside file's.
  private let destination: URL
  /// How many bytes were written so far.
  public private(set) var count = 0
  /// The checksum of what was written; nil where nobody wants it.
  var checksum: CRC32?

  /// Creates the file `aside`, which must not exist.
  init(creating aside: URL, for destination: URL) throws {
    descriptor = open(aside.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    self.destination = destination
    guard descriptor >= 0 else { throw FileError("write", destination, code: errno) }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Appends bytes.
  ///
  /// - Throws: `FileError`, for example when the disk is full.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    try Disk.write(bytes, to: descriptor, of: destination)
    checksum?.update(bytes)
    count += bytes.count
  }

  /// Appends bytes.
  ///
  /// - Throws: `FileError`, for example when the disk is full.
  public func write(_ data: Data) throws {
    try data.withUnsafeBytes { try write($0) }
  }

  /// Replaces bytes that were written before.
  func replace(at offset: Int, with data: Data) throws {
    try data.withUnsafeBytes { bytes in
      guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) == bytes.count else {
        throw FileError("write", destination, code: errno)
      }
    }
  }

  /// Waits until what was written is on the disk.
  func synchronize() throws {
    try Disk.synchronize(descriptor, of: destination)
  }
}
