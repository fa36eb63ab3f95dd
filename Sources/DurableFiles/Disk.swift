import Foundation

/// The few system calls that atomic files and folders share.
enum Disk {
  /// A name beside `url` that nothing else uses; `isPartialName` recognises it.
  static func asideURL(for url: URL) -> URL {
    let suffix = partialMark + String(UInt64.random(in: 0...UInt64.max), radix: 36)
    // A name may be as long as the file system allows; this one is then cut.
    var name = url.lastPathComponent[...]
    while name.utf8.count > nameLimit - 1 - suffix.utf8.count { name.removeLast() }
    return url.deletingLastPathComponent().appendingPathComponent(".\(name)\(suffix)", isDirectory: false)
  }

  /// Whether a name is one that `asideURL` makes.
  static func isPartialName(_ name: String) -> Bool {
    guard name.hasPrefix("."), let mark = name.range(of: partialMark, options: .backwards) else { return false }
    let suffix = name[mark.upperBound...]
    return mark.lowerBound > name.startIndex && !suffix.isEmpty
      && suffix.allSatisfy { $0.isASCII && $0.isLetter || $0.isNumber }
  }

  /// Bytes of a name that every usual file system allows.
  private static let nameLimit = 255
  private static let partialMark = ".partial-"

  /// Writes all of `bytes` at the position of `descriptor`.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, of url: URL) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      // Linux writes at most 2^31 - 4096 bytes in one call, and macOS refuses more than 2^31 - 1.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
      let written = Foundation.write(descriptor, piece.baseAddress, piece.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw FileError("write", url, code: errno)
      }
      rest = rest.dropFirst(written)
    }
  }

  /// Waits until everything written to `descriptor` is on the disk.
  static func synchronize(_ descriptor: Int32, of url: URL) throws {
    #if canImport(Darwin)
      // fsync on macOS stops at the drive's cache.
      if fcntl(descriptor, F_FULLFSYNC) == 0 { return }
    #endif
    guard fsync(descriptor) == 0 else { throw FileError("write", url, code: errno) }
  }

  /// Waits until the names in `folder` are on the disk.
  static func synchronizeFolder(_ folder: URL) throws {
    let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("write into", folder, code: errno) }
    defer { close(descriptor) }
    // Some network and FUSE file systems cannot synchronise a folder and say so; nothing more can be done there.
    guard fsync(descriptor) == 0 || errno == EINVAL || errno == ENOTSUP else {
      throw FileError("write into", folder, code: errno)
    }
  }

  /// Waits until a file that is already written and closed is on the disk.
  static func synchronizeFile(_ file: URL) throws {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError("read", file, code: errno) }
    defer { close(descriptor) }
    try synchronize(descriptor, of: file)
  }

  /// Gives `source` the name `destination`, replacing a file of that name in one step.
  static func rename(_ source: URL, to destination: URL) throws {
    guard Foundation.rename(source.path, destination.path) == 0 else {
      throw FileError("write", destination, code: errno)
    }
  }
}
