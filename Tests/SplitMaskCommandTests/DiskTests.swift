import Foundation
import Testing

/// A small file system in memory, which only root can make.
private final class SmallDisk {
  let url: URL

  static let isPossible: Bool = (try? SmallDisk(at: nil, options: "size=64k")) != nil

  init(at folder: URL?, options: String) throws {
    url =
      folder
      ?? FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try SmallDisk.call("mount", "-t", "tmpfs", "-o", options, "tmpfs", url.path)
  }

  deinit { try? SmallDisk.call("umount", url.path) }

  func remount(_ options: String) throws { try SmallDisk.call("mount", "-o", "remount," + options, url.path) }

  private static func call(_ arguments: String...) throws {
    struct Refused: Error {}
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Refused() }
  }
}

@Suite(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system in memory"))
struct DiskTests {
  @Test func fullDiskLeavesTheLastCheckpointWhole() throws {
    let bench = try Workbench()
    // Room for one checkpoint of three quarters of a megabyte, not for two.
    let disk = try SmallDisk(at: bench.file("disk"), options: "size=1300k")
    let arguments = bench.pretrain(
      "data/train", out: "disk/run", steps: 8, "--set", "training.checkpointEvery=2", "--set",
      "training.keepCheckpoints=1", "--set", "splitmask.decoder.depth=2")
    let full = try bench.run(arguments)
    #expect(full.status == 65, "\(full)")
    #expect(full.errors.contains("No space left on device"), "\(full)")
    #expect(bench.newestCheckpoint(of: "disk/run") == 2)
    try disk.remount("size=16m")
    let resumed = try bench.run(arguments + ["--resume"])
    #expect(resumed.status == 0, "\(resumed)")
    #expect(!resumed.errors.contains("damaged"), "\(resumed)")
  }

  @Test func readOnlyDiskIsRefusedBeforeAnyWork() throws {
    let bench = try Workbench()
    let disk = try SmallDisk(at: bench.file("disk"), options: "size=64k,ro")
    try withExtendedLifetime(disk) {
      let result = try bench.run(bench.pretrain("data/train", out: "disk/run"))
      #expect(result.status == 64 || result.status == 65, "\(result)")
      #expect(result.errors.contains("disk/run"), "\(result)")
      #expect(result.errors.lowercased().contains("read-only") || result.errors.contains("read only"), "\(result)")
    }
  }
}
