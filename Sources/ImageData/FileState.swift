import Foundation

/// What something that was learned of a file is valid for.
struct FileState: Hashable {
  /// The canonical path.
  let path: [UInt8]
  let size: Int
  let seconds: Int
  let nanoseconds: Int

  /// nil when nothing is there.
  init?(path: [UInt8]) {
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
  var pathHash: String { Self.hash(path) }

  static func hash(_ bytes: some Sequence<UInt8>) -> String {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0100_0000_01b3 }
    return String(hash, radix: 16)
  }
}
