import DurableFiles
import Foundation
import TestSupport
import Testing
import Training

@Suite struct RunFolderTests {
  private func touch(_ url: URL) throws { try Data().write(to: url) }

  private func message(_ body: () throws -> RunFolder) -> String {
    do {
      return "no error: \(try body())"
    } catch {
      return "\(error)"
    }
  }

  @Test func aNewRunMakesItsFoldersBesideWhatIsThere() throws {
    let parent = try TemporaryFolder()
    let url = parent.file("deep/run")
    let folder = try RunFolder.create(at: url)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() == [
        OutputMark.fileName, "checkpoints", "pictures",
      ])
    #expect(folder.metrics.path == url.path + "/metrics.jsonl")
    // A run that ended before it wrote anything does not stand in the way.
    _ = try RunFolder.create(at: url)
    try FileManager.default.createDirectory(at: folder.checkpoint(5), withIntermediateDirectories: false)
    #expect(message { try RunFolder.create(at: url) }.contains("(step-00000005 is there)"))
    try touch(parent.file("photo.jpg"))
    _ = try RunFolder.create(at: parent.url)
    let marks = try [url, parent.url].map { try #require(OutputMark(in: $0)) }
    #expect(marks.map(\.coversFolder) == [true, false])
    #expect(marks[1].writer(of: Array("pictures".utf8)) != nil && marks[1].writer(of: Array("photo.jpg".utf8)) == nil)
  }

  @Test(arguments: ["config.yaml", "metrics.jsonl", "encoder.safetensors"])
  func aFolderWithARunIsRefused(file: String) throws {
    let parent = try TemporaryFolder()
    try touch(parent.file(file))
    let message = message { try RunFolder.create(at: parent.url) }
    #expect(message.hasPrefix("\(parent.url.path) holds a run already (\(file) is there). Resume it with --resume"))
  }

  @Test func resumingNeedsARunAndClearsWhatACrashLeft() throws {
    let parent = try TemporaryFolder()
    #expect(message { try RunFolder.resume(at: parent.url) }.contains("holds no run to resume"))
    let folder = try RunFolder.create(at: parent.url)
    try touch(folder.configuration)
    try touch(parent.file(".encoder.safetensors.partial-1"))
    let left = folder.checkpoints.appendingPathComponent(".step-00000010.partial-x1")
    try FileManager.default.createDirectory(at: left, withIntermediateDirectories: false)
    try touch(left.appendingPathComponent("model.safetensors"))
    _ = try RunFolder.resume(at: parent.url)
    #expect(try parent.names == [OutputMark.fileName, "checkpoints", "config.yaml", "pictures"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.checkpoints.path).isEmpty)
  }

  @Test func claimedFolderIsForOneAtATime() throws {
    let parent = try TemporaryFolder()
    let url = parent.file("run")
    #expect(throws: RunFolderError.noRun(path: url.path)) { try RunFolder.claim(at: url, resuming: true) }
    #expect(!FileManager.default.fileExists(atPath: url.path))
    let (folder, lock) = try RunFolder.claim(at: url, resuming: false)
    try touch(folder.configuration)
    // What the living run is just writing looks like what a crash left.
    try touch(folder.checkpoints.appendingPathComponent(".step-00000010.partial-x1"))
    for resuming in [false, true] {
      let error = #expect(throws: RunFolderError.self) { try RunFolder.claim(at: url, resuming: resuming) }
      #expect(error == .inUse(path: url.path, processID: Int(ProcessInfo.processInfo.processIdentifier)))
      #expect(error?.description.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.checkpoints.path).count == 1)
    try #require(lock).release()
    let (_, second) = try RunFolder.claim(at: url, resuming: true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.checkpoints.path).isEmpty)
    second?.release()
    #expect(throws: RunFolderError.occupied(path: url.path, by: "config.yaml")) {
      try RunFolder.claim(at: url, resuming: false)
    }
  }

  @Test func aFolderThatCannotBeMadeIsNamed() throws {
    let parent = try TemporaryFolder()
    try touch(parent.file("file"))
    let inside = parent.file("file/run")
    #expect(message { try RunFolder.create(at: inside) }.hasPrefix("cannot create the folder \(inside.path): "))
  }

  @Test func theLastCheckpointsAreKept() throws {
    let parent = try TemporaryFolder()
    let folder = try RunFolder.create(at: parent.url)
    #expect(try folder.checkpointSteps().isEmpty)
    for step in [1000, 200, 123_456_789, 5] {
      try FileManager.default.createDirectory(at: folder.checkpoint(step), withIntermediateDirectories: false)
    }
    for name in ["step-7", "step-x", "other", ".step-00000009.partial-1"] {
      try touch(folder.checkpoints.appendingPathComponent(name))
    }
    #expect(folder.checkpoint(1000).lastPathComponent == "step-00001000")
    #expect(try folder.checkpointSteps() == [5, 200, 1000, 123_456_789])
    try folder.removeCheckpoints(keepingLast: 3)
    #expect(try folder.checkpointSteps() == [200, 1000, 123_456_789])
  }
}
