import DurableFiles
import Foundation
import ImageCoding
import ImageData
import TestSupport
import Testing

@Suite struct ImageDatasetTests {
  private func names(_ dataset: ImageDataset, below folder: TemporaryFolder) -> [String] {
    (0..<dataset.count).map { String(dataset.name(of: $0).dropFirst(folder.path.count + 1)) }
  }

  @Test func folderIsSortedAndPassesOverHiddenAndOtherFiles() throws {
    let folder = try TemporaryFolder()
    for name in ["b/2.JPG", "b/1.png", "a/x/deep.webp", "c.heic", ".hidden.jpg", ".git/x.jpg", "b/notes.txt"] {
      try folder.write(Data([1]), to: name)
    }
    let dataset = try ImageDataset(paths: [folder.path + "/"])
    #expect(names(dataset, below: folder) == ["a/x/deep.webp", "b/1.png", "b/2.JPG", "c.heic"])
    #expect(dataset.label(of: 0) == nil)
  }

  @Test func symbolicLinksAreFollowedButNotInCircles() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([1]), to: "a/1.jpg")
    try folder.write(Data([2]), to: "2.jpg")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.path("a/up"), withDestinationPath: folder.path)
    try files.createSymbolicLink(atPath: folder.path("a/3.jpg"), withDestinationPath: folder.path("2.jpg"))
    try files.createSymbolicLink(atPath: folder.path("gone.jpg"), withDestinationPath: folder.path("nowhere"))
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(names(dataset, below: folder) == ["2.jpg", "a/1.jpg", "a/3.jpg"])
  }

  @Test func linksThatLeadNowhereAreNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([1]), to: "a/1.jpg")
    let files = FileManager.default
    for name in ["a/gone.jpg", "more", "shard.tar", "notes.txt"] {
      try files.createSymbolicLink(atPath: folder.path(name), withDestinationPath: folder.path("nowhere"))
    }
    try files.createSymbolicLink(atPath: folder.path("circle.png"), withDestinationPath: folder.path("circle.png"))
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(names(dataset, below: folder) == ["a/1.jpg"])
    let expected = ["a/gone.jpg", "circle.png", "more", "shard.tar"].map { folder.path($0) }
    #expect(dataset.problems.map(\.name) == expected)
    #expect(dataset.problems.allSatisfy { $0.index == nil && $0.reason.hasPrefix("is a link that leads nowhere") })
  }

  @Test func markedFoldersArePassedOverUnlessTheyAreGiven() throws {
    let folder = try TemporaryFolder()
    for name in ["a/1.jpg", "maps/1.png", "maps/deep/2.png"] { try folder.write(Data([1]), to: name) }
    try folder.write(Data(), to: "maps/.nomedia")
    #expect(names(try ImageDataset(paths: [folder.path]), below: folder) == ["a/1.jpg"])
    let maps = try ImageDataset(paths: [folder.path("maps")])
    #expect(names(maps, below: folder) == ["maps/1.png", "maps/deep/2.png"])
  }

  @Test func ownOutputIsPassedOverAndCounted() throws {
    let folder = try TemporaryFolder()
    for name in [
      "a.jpg", "found/a.png", "found/mine.png", "run/pictures/1.png", "run/deep/2.tar", "old/checkpoints/state.json",
      "old/pictures/3.png", "recipe/config.yaml", "recipe/4.png", "caf.png", "named/checkpoints/state.json",
      "named/5.png", "named/model.png", "theirs/checkpoints/last.ckpt", "theirs/config.yaml", "theirs/6.png",
      "shared/checkpoints/state.json", "shared/7.png",
    ] { try folder.write(Data([1]), to: name) }
    // Runs of versions that left no mark; another program's runs may look alike.
    for name in ["old", "named", "shared"] {
      try folder.write(Data("# splitmask 0.1.0\n".utf8), to: "\(name)/config.yaml")
    }
    try OutputMark.mark([Array("model.png".utf8)], in: folder.url.appending(path: "named"), writer: "detect predict")
    // A run that was started in a folder of the user's has named what is its own.
    try OutputMark.mark([Array("checkpoints".utf8)], in: folder.url.appending(path: "shared"), writer: "a run")
    try OutputMark.mark([Array("a.png".utf8)], in: folder.url.appending(path: "found"), writer: "segment predict")
    try OutputMark.markAll(of: folder.url.appending(path: "run"), writer: "a run")
    try OutputMark.mark([Array("caf.png".utf8)], in: folder.url, writer: "segment predict")
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(
      names(dataset, below: folder) == ["a.jpg", "found/mine.png", "recipe/4.png", "shared/7.png", "theirs/6.png"])
    #expect(dataset.outputsPassedOver == 7)
    // What is named itself is wanted.
    let run = try ImageDataset(paths: [folder.path("run"), folder.path("old"), folder.path("caf.png")])
    #expect(names(run, below: folder) == ["run/pictures/1.png", "old/pictures/3.png", "caf.png"])
    #expect(run.outputsPassedOver == 0)
  }

  @Test func aFolderOfOutputAloneSaysSo() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([1]), to: "a.png")
    try OutputMark.mark([Array("a.png".utf8)], in: folder.url, writer: "segment predict")
    let error = #expect(throws: DatasetError.self) { try ImageDataset(paths: [folder.path]) }
    #expect(error?.description.contains("but 1 that splitmask wrote") == true)
  }

  @Test func classesAreThereWhereEveryImageHasOne() throws {
    let folder = try TemporaryFolder()
    for name in ["dog/1.jpg", "cat/2.jpg"] { try folder.write(Data([1]), to: name) }
    #expect(try ImageDataset(labelledWhereGiven: [folder.path]).classNames == ["cat", "dog"])
    try folder.write(Data([1]), to: "loose.jpg")
    let loose = try ImageDataset(labelledWhereGiven: [folder.path])
    #expect(loose.count == 3 && loose.classNames.isEmpty && loose.label(of: 0) == nil)
  }

  @Test func classesAreTheFirstLevelOfFolders() throws {
    let folder = try TemporaryFolder()
    for name in ["dog/1.jpg", "cat/far/away/2.jpg", "cat/1.jpg"] { try folder.write(Data([1]), to: name) }
    let dataset = try ImageDataset(paths: [folder.path], labelled: true)
    #expect(dataset.classNames == ["cat", "dog"])
    #expect((0..<3).map { dataset.label(of: $0) } == [0, 0, 1])
    let test = try ImageDataset(paths: [folder.path], labelled: true, classNames: ["ant", "cat", "dog"])
    #expect((0..<3).map { test.label(of: $0) } == [1, 1, 2])
    #expect(throws: DatasetError.self) {
      try ImageDataset(paths: [folder.path], labelled: true, classNames: ["cat"])
    }
    try folder.write(Data([1]), to: "loose.jpg")
    let error = #expect(throws: DatasetError.self) { try ImageDataset(paths: [folder.path], labelled: true) }
    #expect(error?.description.contains("loose.jpg") == true)
  }

  @Test func foldersWithoutAnImageAreNoClasses() throws {
    let folder = try TemporaryFolder()
    for name in ["cat/deep/1.jpg", "dog/1.txt", "marked/.nomedia", "marked/1.jpg"] {
      try folder.write(Data([1]), to: name)
    }
    try FileManager.default.createDirectory(at: folder.url.appending(path: "emu"), withIntermediateDirectories: true)
    let dataset = try ImageDataset(paths: [folder.url.path], labelled: true)
    #expect(dataset.classNames == ["cat"])
    #expect(dataset.notes.last == "folders without an image, which are no classes: dog, emu")
    #expect(try !ImageDataset(paths: [folder.url.path]).notes.contains { $0.contains("classes") })
  }

  @Test func listNamesFilesAndLabels() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([7]), to: "in/1.jpg")
    let list = "# a comment\nin/1.jpg\t10\r\n\n/abs olute/2.png\t9\nthird\t9\n"
    try folder.write(Data(list.utf8), to: "list.txt")
    let dataset = try ImageDataset(paths: [folder.path("list.txt")], labelled: true)
    #expect(
      (0..<3).map { dataset.name(of: $0) } == [folder.path("in/1.jpg"), "/abs olute/2.png", folder.path("third")])
    #expect(dataset.classNames == ["9", "10"])
    #expect((0..<3).map { dataset.label(of: $0) } == [1, 0, 0])
    #expect(try dataset.withBytes(of: 0) { Array($0) } == [7])
    #expect(throws: ImageError.self) { try dataset.withBytes(of: 1) { _ in } }
  }

  @Test func longListsAreReadWhole() throws {
    let folder = try TemporaryFolder()
    let lines = (0..<40_000).map { "images/\($0).jpg" }
    try folder.write(Data(lines.joined(separator: "\n").utf8), to: "list.txt")
    let dataset = try ImageDataset(paths: [folder.path("list.txt")])
    #expect(names(dataset, below: folder) == lines)
  }

  @Test func shardsGiveImagesBytesAndClasses() throws {
    let folder = try TemporaryFolder()
    let first = tar([
      ("1.cls", Data("7\n".utf8)), ("1.jpg", Data([1, 1])), ("1.mask.png", Data([9])), ("1.json", Data([9])),
      ("2.png", Data([2])), ("2.cls", Data("10".utf8)),
    ])
    try folder.write(first, to: "shards/000.tar")
    try folder.write(tar([("x/3.jpg", Data([3, 3, 3])), ("x/3.cls", Data("7".utf8))]), to: "shards/001.tar")
    let dataset = try ImageDataset(paths: [folder.path("shards")], labelled: true)
    #expect(
      names(dataset, below: folder) == ["shards/000.tar:1.jpg", "shards/000.tar:2.png", "shards/001.tar:x/3.jpg"])
    #expect(try (0..<3).map { try dataset.withBytes(of: $0) { Array($0) } } == [[1, 1], [2], [3, 3, 3]])
    #expect(dataset.classNames == ["7", "10"])
    #expect((0..<3).map { dataset.label(of: $0) } == [0, 1, 0])
  }

  @Test func cutShardIsNamed() throws {
    let folder = try TemporaryFolder()
    let whole = tar((0..<3).map { ("\($0).jpg", Data(repeating: 5, count: 600)) })
    try folder.write(whole.prefix(1536 + 900), to: "cut.tar")
    let dataset = try ImageDataset(paths: [folder.path("cut.tar")])
    #expect(dataset.count == 1)
    #expect(dataset.problems.map(\.name) == [folder.path("cut.tar:1.jpg")])
  }

  @Test func severalSourcesFollowEachOther() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([1]), to: "one/cat/1.jpg")
    try folder.write(Data([2]), to: "two/ant/2.jpg")
    try folder.write(tar([("3.jpg", Data([3])), ("3.cls", Data("cat".utf8))]), to: "3.tar")
    let paths = [folder.path("3.tar"), folder.path("two"), folder.path("one")]
    let dataset = try ImageDataset(paths: paths, labelled: true)
    #expect(names(dataset, below: folder) == ["3.tar:3.jpg", "two/ant/2.jpg", "one/cat/1.jpg"])
    #expect((0..<3).map { dataset.label(of: $0) } == [1, 0, 1])
    let part = dataset.subset([2, 0]).subset([0])
    #expect(part.count == 1)
    #expect(part.name(of: 0) == dataset.name(of: 2))
    #expect(part.label(of: 0) == 1)
    #expect(try part.withBytes(of: 0) { Array($0) } == [1])
  }

  @Test func badPlacesAreExplained() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.path("empty"), withIntermediateDirectories: true)
    try folder.write(Data([1]), to: "texts/notes.txt")
    try folder.write(Data([0x1f, 0x8b, 8, 0]), to: "packed.tar.gz")
    try folder.write(Data([0, 1, 2]), to: "binary")
    func message(_ name: String) -> String {
      do { _ = try ImageDataset(paths: [folder.path(name)]) } catch { return "\(error)" }
      return "no error"
    }
    #expect(message("missing").contains("No such file"))
    #expect(message("empty").contains("empty folder"))
    #expect(message("texts").contains("notes.txt"))
    #expect(message("packed.tar.gz").contains("gzip"))
    #expect(message("binary").contains("neither an image"))
    try folder.write(Data("SIMPLE  =                    T".utf8) + Data(repeating: 32, count: 5000), to: "x.fits")
    #expect(message("x.fits").contains("x.fits cannot be read: it is FITS; save its array as TIFF"))
    try folder.write(Data("only words".utf8), to: "false.tar")
    #expect(message("false.tar").contains("no image in"))
  }

  @Test func fileNamesNeedNotBeText() throws {
    let folder = try TemporaryFolder()
    let path = Array((folder.path + "/").utf8).map { CChar(bitPattern: $0) } + [-1, 0x2e, 0x6a, 0x70, 0x67, 0]
    let file = try #require(fopen(path, "w"), "this file system does not allow such names")
    fputc(65, file)
    fclose(file)
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(try dataset.withBytes(of: 0) { Array($0) } == [65])
  }
}
