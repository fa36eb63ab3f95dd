import Foundation
import TestSupport

/// A disk of 64 KiB in memory, unmounted with this object; needs Linux and the right to mount.
final class SmallDisk {
  let folder: TemporaryFolder

  /// Nil where nothing may be mounted.
  init?() {
    guard getuid() == 0, let folder = try? TemporaryFolder() else { return nil }
    guard runs("/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.url.path) else { return nil }
    self.folder = folder
  }

  deinit { _ = runs("/bin/umount", folder.url.path) }

  func makeReadOnly() -> Bool { runs("/bin/mount", "-o", "remount,ro", folder.url.path) }

  static let isAvailable = SmallDisk() != nil
}

private func runs(_ program: String, _ arguments: String...) -> Bool {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return false }
  process.waitUntilExit()
  return process.terminationStatus == 0
}

/// A file of `Tests/Goldens`.
func golden(_ path: String, file: String = #filePath) -> URL {
  URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Goldens").appendingPathComponent(path)
}
