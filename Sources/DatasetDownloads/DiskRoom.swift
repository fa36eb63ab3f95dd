import Foundation

/// How much fits on a disk.
enum DiskRoom {
  /// - Throws: ``DownloadError/noRoom(needed:free:path:)`` when less than `needed` bytes are free where `folder` is.
  static func require(_ needed: Int, at folder: URL) throws {
    var information = statvfs()
    // Where the system cannot say, the write itself will.
    guard statvfs(folder.path, &information) == 0 else { return }
    let free = Int(information.f_bavail) * Int(information.f_frsize)
    guard needed <= free else { throw DownloadError.noRoom(needed: needed, free: free, path: folder.path) }
  }
}
