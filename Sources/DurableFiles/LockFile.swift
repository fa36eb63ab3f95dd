public import Foundation
public import SplitMaskCore

/// A file that one process at a time holds: an advisory lock, which the system lets go of when the process ends, however
/// that happens.
public final class LockFile {
  /// Another process holds it.
  public struct Held: UserFacingError, Hashable, Sendable {
    /// The lock's file.
    public let path: String
    /// The process that holds it, where that can be told.
    public let processID: Int?

    /// What was asked is wrong.
    public var exitStatus: ExitStatus { .usage }

    /// The file, and who holds it.
    public var description: String {
      "\(path) is held by \(processID.map { "process \($0)" } ?? "another process"); wait for it or stop it"
    }
  }

  private let url: URL
  private var descriptor: Int32

  /// Takes the lock, making its file; nil on a file system that knows no locks.
  ///
  /// - Throws: ``Held`` when another process holds it, `FileError` when the file cannot be written or is
  ///   something else.
  public init?(_ url: URL) throws {
    // Nothing of this object may exist before the lock is ours: its end would delete the holder's file.
    guard let descriptor = try Self.take(url) else { return nil }
    self.url = url
    self.descriptor = descriptor
    let text = Array("\(getpid())\n".utf8)
    ftruncate(descriptor, 0)
    _ = pwrite(descriptor, text, text.count, 0)
  }

  deinit { release() }

  /// Whether a process holds the lock of that file now. Makes and deletes nothing.
  public static func isHeld(_ url: URL) -> Bool { held(url) != nil }

  /// Who holds the lock of that file now; nil where nobody does. Makes and deletes nothing.
  public static func held(_ url: URL) -> Held? {
    let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else {
      return errno == EWOULDBLOCK ? Held(path: url.path, processID: holder(descriptor)) : nil
    }
    flock(descriptor, LOCK_UN)
    return nil
  }

  /// Lets go of the lock and deletes its file.
  public func release() {
    guard descriptor >= 0 else { return }
    unlink(url.path)
    close(descriptor)
    descriptor = -1
  }

  /// The locked file's descriptor; nil where there are no locks.
  private static func take(_ url: URL) throws -> Int32? {
    while true {
      let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard descriptor >= 0 else { throw FileError("write", url, code: errno) }
      let code = lock(descriptor)
      guard code == 0 else {
        defer { close(descriptor) }
        guard code == EWOULDBLOCK else { return nil }
        throw Held(path: url.path, processID: holder(descriptor))
      }
      // Whoever held it before deletes the file; a lock on a deleted file keeps nobody out.
      guard isSame(descriptor, url) else {
        close(descriptor)
        continue
      }
      // The content is replaced and the file deleted later, which nobody else's file may be.
      guard isLock(descriptor) else {
        close(descriptor)
        throw FileError("use as a lock", url, code: EEXIST)
      }
      return descriptor
    }
  }

  /// The system's error number; 0 when the file is locked now. Tries for 50 ms, because who asks with ``isHeld(_:)`` holds
  /// the lock for a moment.
  private static func lock(_ descriptor: Int32) -> Int32 {
    for _ in 0..<10 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return 0 }
      guard errno == EWOULDBLOCK else { return errno }
      usleep(5_000)
    }
    return EWOULDBLOCK
  }

  private static func isSame(_ descriptor: Int32, _ url: URL) -> Bool {
    var (held, there) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && stat(url.path, &there) == 0 && held.st_ino == there.st_ino
      && held.st_dev == there.st_dev
  }

  /// Whether a file is empty, as one is that was just made, or names a process.
  private static func isLock(_ descriptor: Int32) -> Bool {
    var status = stat()
    return fstat(descriptor, &status) == 0 && (status.st_size == 0 || status.st_size < 32 && holder(descriptor) != nil)
  }

  private static func holder(_ descriptor: Int32) -> Int? {
    var text = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &text, text.count, 0)
    return count > 0 ? Int(String(decoding: text[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)) : nil
  }
}
