import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct OutputMarkTests {
  private func mark(_ folder: TemporaryFolder) throws -> OutputMark { try #require(OutputMark(in: folder.url)) }

  @Test func namesAreFoundAgainWhateverTheyHold() throws {
    let folder = try TemporaryFolder()
    #expect(OutputMark(in: folder.url) == nil)
    let odd: [[UInt8]] = [
      Array("a.png".utf8), [0x63, 0xe9, 0x2e, 0x70], Array("line\nbreak\t.png".utf8), Array("100%.png".utf8),
      Array("*".utf8), Array("# 1.png".utf8), Array("ü \r.png".utf8),
    ]
    try OutputMark.mark(odd, in: folder.url, writer: "segment predict")
    let mark = try mark(folder)
    for name in odd { #expect(mark.writer(of: name) == "segment predict") }
    #expect(mark.writer(of: Array("b.png".utf8)) == nil && !mark.coversFolder)
  }

  @Test func laterNamesAreAddedOnce() throws {
    let folder = try TemporaryFolder()
    for name in ["a.png", "b.png", "a.png"] {
      try OutputMark.mark([Array(name.utf8)], in: folder.url, writer: "detect predict")
    }
    let text = try String(contentsOf: folder.file(OutputMark.fileName), encoding: .utf8)
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3 && lines[0].hasPrefix("# splitmask wrote the files named below"))
    #expect(lines[1...] == ["a.png\tdetect predict", "b.png\tdetect predict"])
  }

  @Test func aLineThatWasCutDoesNotSpoilTheNext() throws {
    let folder = try TemporaryFolder()
    try Data("a.png\tdetect predict\nb.pn".utf8).write(to: folder.file(OutputMark.fileName))
    try OutputMark.mark([Array("c.png".utf8)], in: folder.url, writer: "detect predict")
    let mark = try mark(folder)
    #expect(["a.png", "c.png"].allSatisfy { mark.writer(of: Array($0.utf8)) != nil })
    #expect(mark.writer(of: Array("b.pn".utf8)) == nil)
  }

  @Test func aWholeFolderIsMarkedWhereNothingElseLiesInIt() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(at: folder.file("pictures"), withIntermediateDirectories: false)
    try OutputMark.claim(folder.url, own: ["pictures"], writer: "a run")
    #expect(try mark(folder).coversFolder)
    let shared = try TemporaryFolder()
    try Data().write(to: shared.file("photo.jpg"))
    try OutputMark.claim(shared.url, own: ["pictures"], writer: "a run")
    let named = try mark(shared)
    #expect(!named.coversFolder && named.writer(of: Array("pictures".utf8)) == "a run")
    #expect(named.writer(of: Array("photo.jpg".utf8)) == nil)
  }

  @Test func foldersAreMadeWithTheirParents() throws {
    let folder = try TemporaryFolder()
    for _ in 0..<2 { try Folders.create(folder.file("a/b/c")) }
    #expect(try folder.names == ["a"])
    try Data().write(to: folder.file("file"))
    for path in ["file", "file/below", "file/far/below"] {
      let error = #expect(throws: FileError.self) { try Folders.create(folder.file(path)) }
      #expect(error?.path == folder.file(path).path && error?.description.contains("is a file, not a folder") == true)
    }
  }
}
