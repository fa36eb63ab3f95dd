import DurableFiles
import Foundation
import TestSupport
import Testing

private struct Interruption: Error {}

@Suite struct AtomicFolderTests {
  private func fill(_ folder: URL, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appendingPathComponent("state"))
    let deeper = folder.appendingPathComponent("deeper")
    try FileManager.default.createDirectory(at: deeper, withIntermediateDirectories: false)
    try Data(text.utf8).write(to: deeper.appendingPathComponent("part"))
  }

  private func state(_ folder: URL) throws -> String {
    try String(contentsOf: folder.appendingPathComponent("state"), encoding: .utf8)
  }

  @Test func aFolderAppearsWhole() throws {
    let parent = try TemporaryFolder()
    let folder = parent.file("step-00001000")
    let result = try AtomicFolder.create(folder) { aside in
      try fill(aside, "first")
      #expect(!FileManager.default.fileExists(atPath: folder.path))
      #expect(try parent.names.allSatisfy { $0.hasPrefix(".step-00001000.partial-") })
      return 5
    }
    #expect(result == 5)
    #expect(try state(folder) == "first")
    #expect(try parent.names == ["step-00001000"])
  }

  @Test func aFolderOfTheSameNameIsReplaced() throws {
    let parent = try TemporaryFolder()
    let folder = parent.file("step")
    try AtomicFolder.create(folder) { try fill($0, "first") }
    try AtomicFolder.create(folder) { try Data("second".utf8).write(to: $0.appendingPathComponent("state")) }
    #expect(try state(folder) == "second")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["state"])
    #expect(try parent.names == ["step"])
  }

  @Test func aFailureLeavesTheOldFolderAndNothingElse() throws {
    let parent = try TemporaryFolder()
    let folder = parent.file("step")
    try AtomicFolder.create(folder) { try fill($0, "first") }
    #expect(throws: Interruption.self) {
      try AtomicFolder.create(folder) {
        try fill($0, "second")
        throw Interruption()
      }
    }
    #expect(try state(folder) == "first")
    #expect(try parent.names == ["step"])
  }

  @Test func aMissingParentIsNamed() throws {
    let parent = try TemporaryFolder()
    let folder = parent.file("missing/step")
    let error = try #require(throws: FileError.self) { try AtomicFolder.create(folder) { _ in } }
    #expect("\(error)".hasPrefix("cannot create the folder \(folder.path): No such file"), "\(error)")
  }

  @Test func leftoversOfCrashesAreRemovedAndNothingElse() throws {
    let parent = try TemporaryFolder()
    for name in [
      ".step-1.partial-3k9x", ".file.partial-1", ".hidden", ".x.partial-", "a.partial-1", ".y.partial-1.txt",
    ] {
      try Data().write(to: parent.file(name))
    }
    let left = parent.file(".step-2.partial-abc")
    try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
    try fill(left, "half")
    let removed = try AtomicFolder.removeLeftovers(in: parent.url)
    #expect(removed == [".file.partial-1", ".step-1.partial-3k9x", ".step-2.partial-abc"])
    #expect(try parent.names == [".hidden", ".x.partial-", ".y.partial-1.txt", "a.partial-1"])
    #expect(throws: FileError.self) { try AtomicFolder.removeLeftovers(in: parent.file("missing")) }
  }
}
