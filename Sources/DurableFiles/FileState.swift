import Foundation

/// What something that was learned of a file is valid for.
package struct FileState: Hashable {
  /// The canonical path.
  package let path: [UInt8]
  package let size: Int
  package let seconds: Int
  package let nanoseconds: Int

  /// nil when nothing is there.
  package init?(path: [UInt8]) {
    var status = stat()
    guard BytePath.withCString(path, { stat($0, &status) }) == 0 else { return nil }
    self.path = BytePath.canonical(path)
    size = Int(status.st_size)
    #if canImport(Darwin)
      (seconds, nanoseconds) = (Int(status.st_mtimespec.tv_sec), Int(status.st_mtimespec.tv_nsec))
    #else
      (seconds, nanoseconds) = (Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec))
    #endif
  }

  /// A hash (FNV-1a) of the path names what is kept of the file, so that a file that changes takes its old record's place.
  package var pathHash: String { Self.hash(path) }

  package static func hash(_ bytes: some Sequence<UInt8>) -> String {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
