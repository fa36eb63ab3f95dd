import DurableFiles
import Foundation
import TestSupport
import Testing

private struct Interruption: Error {}

@Suite struct AtomicFileTests {
  @Test func replacesTheContentAndLeavesNothingBeside() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("weights")
    try AtomicFile.write(Data("old".utf8), to: file)
    try AtomicFile.write(to: file) { sink in
      try sink.write(Data("new ".utf8))
      try sink.write(Data("content".utf8))
      #expect(sink.count == 11)
      #expect(try String(contentsOf: file, encoding: .utf8) == "old", "the old file stays until the new one is whole")
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == "new content")
    #expect(try folder.names == ["weights"])
  }

  @Test func keepsTheOldFileWhenTheBodyThrows() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("weights")
    try AtomicFile.write(Data("old".utf8), to: file)
    #expect(throws: Interruption.self) {
      try AtomicFile.write(to: file) {
        try $0.write(Data("half".utf8))
        throw Interruption()
      }
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == "old")
    #expect(try folder.names == ["weights"])
  }

  @Test func namesThePathAndTheCause() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Data(), to: folder.file("file"))
    let cases = [
      ("missing/file", ENOENT, "No such file or directory"),
      ("file/inside", ENOTDIR, "Not a directory"),
      ("", EISDIR, "Is a directory"),
    ]
    for (name, code, cause) in cases {
      let target = folder.file(name)
      let error = try #require(throws: FileError.self) { try AtomicFile.write(Data("x".utf8), to: target) }
      #expect(error.code == code)
      #expect("\(error)".hasPrefix("cannot write \(target.path): \(cause)"), "\(error)")
    }
    #expect(try folder.names == ["file"])
  }

  @Test func neverReplacesADevice() throws {
    #expect(throws: FileError.self) { try AtomicFile.write(Data("x".utf8), to: URL(fileURLWithPath: "/dev/null")) }
    #expect(
      try FileManager.default.attributesOfItem(atPath: "/dev/null")[.type] as? FileAttributeType
        == .typeCharacterSpecial)
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a small disk"))
  func aFullDiskLeavesTheOldFileWhole() throws {
    let disk = try #require(SmallDisk())
    let file = disk.folder.file("weights")
    let old = Data(repeating: 7, count: 30_000)
    try AtomicFile.write(old, to: file)
    let error = try #require(throws: FileError.self) {
      try AtomicFile.write(Data(repeating: 8, count: 60_000), to: file)
    }
    #expect(error.code == ENOSPC)
    #expect("\(error)".contains("free some space"))
    #expect(try Data(contentsOf: file) == old)
    #expect(try disk.folder.names == ["weights"])
  }

  @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a small disk"))
  func aReadOnlyDiskIsNamed() throws {
    let disk = try #require(SmallDisk())
    try #require(disk.makeReadOnly())
    let error = try #require(throws: FileError.self) { try AtomicFile.write(Data(), to: disk.folder.file("weights")) }
    #expect(error.code == EROFS)
    #expect("\(error)".contains("mounted read-only"))
  }
}
