public import Foundation

/// A whole file as read-only memory, paged in as it is used.
///
/// A file that is made shorter while it is mapped ends the process at the next look at its lost end: replace files
/// through `AtomicFile`, which leaves the mapped content alone.
public final class MappedFile: Sendable {
  /// Where the file is.
  public let url: URL
  /// The content. Never written, so any thread may read it.
  ///
  /// Valid for as long as this object lives, which may end at its last use: `withBytes` is safe.
  nonisolated(unsafe) public let bytes: UnsafeRawBufferPointer

  /// Maps the file at `url`.
  ///
  /// - Throws: `FileError`.
  public init(_ url: URL) throws {
    self.url = url
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", url, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("read", url, code: errno) }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw FileError("read", url, code: kind == S_IFDIR ? EISDIR : EINVAL) }
    let size = Int(status.st_size)
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { throw FileError("read", url, code: errno) }
    bytes = UnsafeRawBufferPointer(start: address, count: size)
  }

  /// Hands out the content and keeps it for as long.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  deinit {
    if let address = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), bytes.count) }
  }
}
