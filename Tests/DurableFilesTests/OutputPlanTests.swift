import DurableFiles
import Foundation
import SplitMaskCore
import TestSupport
import Testing

@Suite struct OutputPlanTests {
  private func problem(
    _ outputs: [URL], inputs: [URL] = [], overwriting: Bool = false
  ) -> String? {
    do {
      try OutputPlan(outputs).check(overwriting: overwriting) { note in inputs.forEach { note(Array($0.path.utf8)) } }
      return nil
    } catch {
      return (error as? InvalidSetting)?.description ?? "another error: \(error)"
    }
  }

  @Test func inputIsNeverWrittenToHoweverItIsNamed() throws {
    let folder = try TemporaryFolder()
    let photo = folder.file("photo.png")
    try Data([1]).write(to: photo)
    let files = FileManager.default
    try files.createSymbolicLink(at: folder.file("link.png"), withDestinationURL: photo)
    try files.linkItem(at: photo, to: folder.file("twin.png"))
    try Folders.create(folder.file("sub"))
    for output in ["photo.png", "link.png", "twin.png", "sub/../photo.png"] {
      for overwriting in [false, true] {
        let found = problem([folder.file("new.png"), folder.file(output)], inputs: [photo], overwriting: overwriting)
        #expect(found?.contains("is read as input, which is never written to") == true, "\(output): \(found ?? "")")
      }
    }
    #expect(problem([folder.file("new.png")], inputs: [photo]) == nil)
  }

  @Test func whatIsThereIsReplacedOnlyWhenAsked() throws {
    let folder = try TemporaryFolder()
    let names = ["a.png", "b.png"]
    for name in names { try Data([1]).write(to: folder.file(name)) }
    let outputs = (names + ["c.png"]).map(folder.file)
    #expect(problem(outputs)?.contains("a.png (and 1 more) is there already; --overwrite replaces it") == true)
    #expect(problem(outputs, overwriting: true) == nil)
    try OutputPlan(outputs).prepare(markedBy: "segment predict")
    #expect(problem(outputs)?.contains("is there from an earlier segment predict") == true)
    try Folders.create(folder.file("c.png"))
    #expect(problem(outputs, overwriting: true)?.contains("c.png is a folder") == true)
    // A link that leads nowhere would be replaced too.
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("gone.png").path, withDestinationPath: folder.file("nowhere").path)
    #expect(problem([folder.file("gone.png")]) != nil)
  }

  @Test func foldersAreMadeAndMarkedBeforeAnyWork() throws {
    let folder = try TemporaryFolder()
    let outputs = ["new/a.png", "new/sub/b.png"].map(folder.file)
    try OutputPlan(outputs).prepare(markedBy: "detect predict")
    for output in outputs {
      let mark = try #require(OutputMark(in: output.deletingLastPathComponent()))
      #expect(mark.writer(of: Array(output.lastPathComponent.utf8)) == "detect predict" && !mark.coversFolder)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("new").path).count == 2)
    try Data().write(to: folder.file("file"))
    let error = #expect(throws: FileError.self) { try OutputPlan([folder.file("file/below/a.png")]).prepare() }
    #expect(error?.description.contains("is a file, not a folder") == true)
  }
}
