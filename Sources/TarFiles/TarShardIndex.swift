import DurableFiles
import Foundation
import ImageCoding
import SplitMaskCore

/// Where the members of a tar file lie, found by walking its headers once.
///
/// Reads the ustar format with the pax and GNU ways of writing long names and large sizes. A shard that was cut, or
/// whose next header is damaged, keeps the members before that place; `problem` says what happened. Only the empty block
/// that ends a tar file tells a whole shard from one that was cut between two members.
package struct TarShardIndex: Sendable {
  /// A regular file in the shard.
  package struct Member: Sendable {
    /// Its path inside the shard, as bytes: names need not be valid UTF-8.
    package let name: [UInt8]
    /// Its content's place in the shard.
    package let range: Range<Int>
  }

  /// A link to something that is not in the shard.
  package struct LostLink: Sendable {
    /// Its path inside the shard.
    package let name: [UInt8]
    /// Where it leads.
    package let target: [UInt8]
  }

  /// The regular files and the links to such, in order; a link has the place of what it leads to.
  package private(set) var members: [Member] = []
  /// The member at which the shard ends too early or is damaged, and how; nil when it is whole.
  package private(set) var problem: (member: String, reason: String)?
  /// Links that lead to no regular file of the shard.
  package private(set) var lostLinks: [LostLink] = []

  private static let blockSize = 512
  /// Long names and pax records are read into memory; a larger one can only be damage.
  private static let extensionLimit = 1 << 20

  /// Whether a file's first bytes are a tar header.
  package static func looksLikeTar(_ head: [UInt8]) -> Bool {
    head.count >= blockSize && TarHeader(head[..<blockSize])?.hasMagic == true
  }

  /// - Throws: `ImageError` when the file cannot be read at all.
  package init(path: String) throws {
    try self.init(path: Array(path.utf8))
  }

  /// - Throws: `ImageError` when the file cannot be read at all.
  package init(path: [UInt8]) throws {
    var links = TarLinks()
    try walk(try ShardFile(path: path), links: &links)
    (members, lostLinks) = links.resolved(among: members)
  }

  private mutating func walk(_ file: ShardFile, links: inout TarLinks) throws {
    var offset = 0
    var pending = TarExtension()
    while offset < file.size {
      if members.count % 256 == 0 {
        WorkProgress.report("reading the index of a shard", done: offset, total: file.size, unit: .bytes)
      }
      guard let block = try file.block(at: offset) else {
        problem = ("after \(members.count) members", "the shard is cut inside a header at byte \(offset)")
        return
      }
      if block.allSatisfy({ $0 == 0 }) { return }
      guard let header = TarHeader(block) else {
        problem = ("after \(members.count) members", "damaged header at byte \(offset)")
        return
      }
      let size = header.isExtension ? header.size : header.isLink ? 0 : pending.size ?? header.size
      let start = offset + Self.blockSize
      let name = pending.name ?? header.name
      guard size >= 0, size <= file.size - start else {
        problem = (
          PrintableName.text(name),
          "the shard is cut: \(size) bytes from byte \(start), but it ends at byte \(file.size)"
        )
        return
      }
      if header.isExtension {
        guard size <= Self.extensionLimit else {
          problem = ("after \(members.count) members", "damaged header at byte \(offset)")
          return
        }
        pending.apply(header.kind, try file.bytes(start..<(start + size)))
      } else {
        if header.isRegularFile { members.append(Member(name: name, range: start..<(start + size))) }
        if header.isLink {
          links.add(
            name: name, target: pending.linkName ?? header.linkName, isSymbolic: header.isSymbolicLink,
            after: members.count)
        }
        pending = TarExtension()
      }
      offset = start + (size + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    }
    problem = (
      "after \(members.count) members",
      "the shard ends at byte \(file.size) without the empty block that ends a tar file: it was cut, or not written to "
        + "its end"
    )
  }

  /// An index that was kept.
  init(members: [Member]) {
    self.members = members
  }
}

/// A shard opened for the walk over its headers.
private final class ShardFile {
  let size: Int
  private let descriptor: Int32
  /// Headers of small members are near each other, so a stretch is read at once.
  private var window: [UInt8] = []
  private var windowStart = 0
  private static let windowSize = 64 << 10

  package init(path: [UInt8]) throws {
    descriptor = BytePath.withCString(path) { open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw ImageError.system("cannot be opened", errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      close(descriptor)
      throw ImageError.system("cannot be read", errno)
    }
    size = Int(status.st_size)
  }

  deinit {
    close(descriptor)
  }

  /// The 512 bytes at `offset`; nil when the file ends before.
  func block(at offset: Int) throws -> ArraySlice<UInt8>? {
    guard offset + 512 <= size else { return nil }
    if offset < windowStart || offset + 512 > windowStart + window.count {
      // A member larger than the window means that its neighbours likely are too: then only the header is read.
      let near = offset < windowStart + 2 * Self.windowSize
      window = try bytes(offset..<min(offset + (near ? Self.windowSize : 4096), size))
      windowStart = offset
    }
    return window[(offset - windowStart)..<(offset - windowStart + 512)]
  }

  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: range.count)
    var filled = 0
    while filled < range.count {
      let count = result.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, range.count - filled, off_t(range.lowerBound + filled))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw ImageError.system("cannot be read", count < 0 ? errno : EIO) }
      filled += count
    }
    return result
  }
}
