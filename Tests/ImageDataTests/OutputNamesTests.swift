import Foundation
import ImageData
import TestSupport
import Testing

@Suite struct OutputNamesTests {
  private func files(_ paths: [String], _ suffixes: [String] = [".png"], reserved: [String] = []) throws -> [[String]] {
    let dataset = try ImageDataset(paths: paths)
    let names = OutputNames(of: dataset, suffixes: suffixes, reserved: reserved)
    let all = names.all.map { $0.lowercased() }
    #expect(Set(all).count == all.count && Set(all).isDisjoint(with: reserved))
    return (0..<dataset.count).map(names.files)
  }

  @Test func namesFollowTheFoldersOfTheImages() throws {
    let folder = try TemporaryFolder()
    for name in ["sub/x.png", "x-2.png", "x.png"] { try folder.write(Data([1]), to: "a/\(name)") }
    try folder.write(Data([1]), to: "b/x.jpg")
    #expect(try files([folder.path("a")]) == [["sub/x.png"], ["x-2.png"], ["x.png"]])
    #expect(
      try files([folder.path("a"), folder.path("b/")]) == [["a/sub/x.png"], ["a/x-2.png"], ["a/x.png"], ["b/x.png"]])
    #expect(try files([folder.path("a/sub/x.png")]) == [["x.png"]])
    try folder.write(Data("a/sub/x.png\n\(folder.path("a/x-2.png"))\nb/../a/x.png\n".utf8), to: "list.txt")
    #expect(try files([folder.path("list.txt")]) == [["a/sub/x.png"], ["x-2.png"], ["b/a/x.png"]])
    try folder.write(tar([("deep/1.jpg", Data([1])), ("2.jpg", Data([1]))]), to: "part-0.tar")
    #expect(try files([folder.path("part-0.tar")]) == [["part-0/deep/1.png"], ["part-0/2.png"]])
  }

  @Test func noTwoNamesAreTheSame() throws {
    let folder = try TemporaryFolder()
    for name in ["a.png", "a-overlay.png", "b.jpg", "B.png", "c/d.png", "c.png/e.png", "c.jpg", "counts.jpg"] {
      try folder.write(Data([1]), to: name)
    }
    let names = try files([folder.path], [".png", "-overlay.png"], reserved: ["counts.png"])
    // In order of name: B.png, a-overlay.png, a.png, b.jpg, c/d.png, c.jpg, c.png/e.png, counts.jpg.
    #expect(
      names.map { $0[0] } == [
        "B.png.png", "a-overlay.png.png", "a.png.png", "b.jpg.png", "c/d.png", "c.jpg.png", "c.png/e.png",
        "counts.jpg.png",
      ])
    let twice = try files([folder.path("a.png"), folder.path("c/../a.png"), folder.path("a.png")])
    #expect(twice == [["a.png.png"], ["a.png-2.png"], ["a.png-3.png"]])
  }

  @Test func manyEqualNamesAreNumberedInTime() throws {
    let count = 20_000
    let images = try ImageDataset(files: [String](repeating: "a.png", count: count))
    let (names, seconds) = processorSeconds { OutputNames(of: images, suffixes: [".png", "-overlay.png"]) }
    #expect(seconds < 20)
    #expect(names.files(of: 0) == ["a.png.png", "a.png-overlay.png"])
    #expect(names.files(of: count - 1) == ["a.png-\(count).png", "a.png-\(count)-overlay.png"])
    #expect(names.renamed.count == count)
  }

  @Test func longAndOddNamesCanBeWritten() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "ü", count: 125)
    for name in ["\(long)1.png", "\(long)2.png", "line\nbreak.png"] { try folder.write(Data([1]), to: name) }
    let odd: [UInt8] = Array((folder.path + "/").utf8) + [0x63, 0xe9, 0x2e, 0x6a, 0x70, 0x67]
    close((odd + [0]).withUnsafeBytes { open($0.bindMemory(to: CChar.self).baseAddress!, O_CREAT | O_WRONLY, 0o644) })
    let names = try files([folder.path], [".png", "-overlay.png"])
    #expect(names[0][0] == "c%E9.png" && names[1][0] == "line\nbreak.png")
    #expect(names.joined().allSatisfy { $0.utf8.count <= 255 })
    #expect(names[2][0].hasPrefix("üüü") && names[2][1].hasSuffix("-overlay.png"))
  }
}
