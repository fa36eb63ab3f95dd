import Foundation
import ImageData
import ImageLoading
import SplitMaskCore
import TestSupport
import Testing

/// Which files become images, which names tell them apart, and what is said of the others.
@Suite struct ListingTests {
  private func relative(_ dataset: ImageDataset, _ folder: TemporaryFolder) -> [String] {
    (0..<dataset.count).map { String(dataset.name(of: $0).dropFirst(folder.path.count + 1)) }
  }

  /// Writes a file whose name need not be text, in a folder that need not be either.
  private func write(_ content: [UInt8], to name: [UInt8], in folder: TemporaryFolder) throws {
    let path = Array((folder.path + "/").utf8) + name
    for end in path.indices.dropFirst(folder.path.utf8.count + 1) where path[end] == UInt8(ascii: "/") {
      _ = (Array(path[..<end]) + [0]).withUnsafeBytes { mkdir($0.baseAddress!, 0o777) }
    }
    let file = try #require(
      (path + [0]).withUnsafeBytes { fopen($0.baseAddress!, "w") }, "this file system does not allow such names")
    fwrite(content, 1, content.count, file)
    fclose(file)
  }

  @Test func namesAreTextThatTellsTheirBytes() {
    let names: [[UInt8]] = [
      Array("plain.jpg".utf8), Array("café ☕️.jpg".utf8), [0x63, 0xe9], [0x63, 0xe8], [0x63, 0xc3, 0xa9], [0xff, 0xfe],
      Array("a\\xE9".utf8), [0x61, 0xe9], Array("a\\b".utf8), Array("\\x".utf8), Array("\\\\x41".utf8),
      Array("\n\r\t".utf8),
      [0xe2, 0x98], [0xf0, 0x9f, 0x98, 0x41], [0xc2, 0x9b],
    ]
    let texts = names.map { PrintableName.text($0) }
    #expect(Set(texts.map { Array($0.utf8) }).count == names.count)
    for (name, text) in zip(names, texts) { #expect(PrintableName.bytes(of: text) == name, "\(text)") }
    #expect(texts[0] == "plain.jpg" && texts[1] == "café ☕️.jpg" && texts[8] == "a\\b")
    #expect(texts[2] == "c\\xE9" && texts[6] == "a\\x5CxE9" && texts[11] == "\\x0A\\x0D\\x09")
    #expect(texts[13] == "\\xF0\\x9F\\x98A")
  }

  @Test func classesWhoseNamesAreNoTextStayApart() throws {
    let folder = try TemporaryFolder()
    let classes: [[UInt8]] = [Array("caf".utf8) + [0xe8], Array("caf".utf8) + [0xe9], Array("café".utf8)]
    for (number, name) in classes.enumerated() {
      try write([UInt8(number)], to: name + Array("/1.jpg".utf8), in: folder)
    }
    let dataset = try ImageDataset(paths: [folder.path], labelled: true)
    #expect(dataset.classNames == ["caf\\xE8", "caf\\xE9", "café"])
    // Folders come in order of their bytes, in which é of UTF-8 is first.
    #expect(try (0..<3).map { try dataset.withBytes(of: $0) { $0[0] } } == [2, 0, 1])
    #expect((0..<3).map { dataset.label(of: $0) } == [2, 0, 1])
    #expect(relative(dataset, folder).count == Set(relative(dataset, folder)).count)
  }

  /// An e with its accent in one character and in two: equal as text, two folders on Linux.
  @Test func classesThatDifferInNormalisationAloneAreNotMerged() throws {
    let folder = try TemporaryFolder()
    let (composed, decomposed) = ("caf\u{e9}", "cafe\u{301}")
    try folder.write(Data("a.jpg\t\(composed)\nb.jpg\t\(decomposed)\nc.jpg\tbar\n".utf8), to: "both.txt")
    let both = #expect(throws: DatasetError.self) {
      try ImageDataset(paths: [folder.path("both.txt")], labelled: true)
    }
    #expect(both?.description.contains("in two Unicode normalisations") == true)
    // Where classes are welcome but not needed, there are none.
    let unlabelled = try ImageDataset(labelledWhereGiven: [folder.path("both.txt")])
    #expect(unlabelled.count == 3 && unlabelled.classNames.isEmpty)
    try folder.write(Data("a.jpg\t\(decomposed)\nb.jpg\tbar\n".utf8), to: "one.txt")
    let other = #expect(throws: DatasetError.self) {
      try ImageDataset(paths: [folder.path("one.txt")], labelled: true, classNames: ["bar", composed])
    }
    #expect(other?.description.contains("in another Unicode normalisation") == true)
    let one = try ImageDataset(paths: [folder.path("one.txt")], labelled: true)
    #expect(one.classNames.map { Array($0.utf8) } == [Array("bar".utf8), Array(decomposed.utf8)])
  }

  @Test func idsThatDifferInNormalisationAloneStayApart() {
    let ids: [COCOIdentifier] = [.text("\u{e9}"), .text("e\u{301}"), .text("\u{e9}"), .number(1), .text("1")]
    #expect(Set(ids).count == 4 && ids[0] == ids[2] && ids[0] != ids[1] && ids[3] != ids[4])
  }

  @Test func listsMayNameFilesWhoseNamesAreNoText() throws {
    let folder = try TemporaryFolder()
    let names: [[UInt8]] = [[0xe8] + Array(".jpg".utf8), [0xe9] + Array(".jpg".utf8)]
    for (number, name) in names.enumerated() { try write([UInt8(number)], to: name, in: folder) }
    func list(_ separator: UInt8) -> [UInt8] { Array(names.map { $0 + [separator, $0[0], 10] }.joined()) }
    try folder.write(Data(list(9)), to: "list.txt")
    try folder.write(Data(Array("path,label\n".utf8) + list(0x2c)), to: "list.csv")
    for list in ["list.txt", "list.csv"] {
      let dataset = try ImageDataset(paths: [folder.path(list)], labelled: true)
      #expect(dataset.problems.isEmpty && dataset.classNames == ["\\xE8", "\\xE9"], "\(list)")
      #expect(try (0..<dataset.count).map { try dataset.withBytes(of: $0) { Array($0) } } == [[0], [1]], "\(list)")
    }
  }

  @Test func listsMayBeInUTF16() throws {
    let folder = try TemporaryFolder()
    try folder.write(try picture(1), to: "ä/1.jpg")
    try folder.write(try picture(2), to: "ä/2.jpg")
    let list = "ä/1.jpg\tcat\r\nä/2.jpg\tdog\r\n"
    let table = "path,label\r\nä/1.jpg,cat\r\nä/2.jpg,dog\r\n"
    for (name, encoding, mark) in [
      ("little", String.Encoding.utf16LittleEndian, [0xff, 0xfe]), ("big", .utf16BigEndian, [0xfe, 0xff]),
    ] as [(String, String.Encoding, [UInt8])] {
      try folder.write(Data(mark) + list.data(using: encoding)!, to: "\(name).txt")
      try folder.write(Data(mark) + table.data(using: encoding)!, to: "\(name).csv")
      for file in ["\(name).txt", "\(name).csv"] {
        let dataset = try ImageDataset(paths: [folder.path(file)], labelled: true)
        #expect(
          relative(dataset, folder) == ["ä/1.jpg", "ä/2.jpg"] && dataset.classNames == ["cat", "dog"], "\(file)")
      }
    }
    try folder.write(list.data(using: .utf16LittleEndian)!, to: "unmarked.txt")
    let error = #expect(throws: DatasetError.self) { try ImageDataset(paths: [folder.path("unmarked.txt")]) }
    #expect(error?.description.contains("iconv") == true)
    try folder.write(Data([0xff, 0xfe]) + list.data(using: .utf16LittleEndian)!.dropLast(), to: "cut.txt")
    #expect(throws: DatasetError.self) { try ImageDataset(paths: [folder.path("cut.txt")]) }
  }

  /// What a list is, is told by its first 16 KiB, which end within a pair here.
  @Test func aLongListInUTF16MayBeCutWithinAPair() throws {
    let folder = try TemporaryFolder()
    let lines = [String](repeating: "a.jpg\n", count: 1365) + ["\u{1F600}.jpg\n", "b.jpg\n"]
    let text = lines.joined().data(using: .utf16LittleEndian)!
    #expect(text[16_380] == 0x3d && text[16_381] == 0xd8)
    try folder.write(Data([0xff, 0xfe]) + text, to: "list.txt")
    #expect(try ImageDataset(paths: [folder.path("list.txt")]).count == 1367)
  }

  @Test func whatIsNoImageIsCountedByItsEnding() throws {
    let folder = try TemporaryFolder()
    for name in ["1.jpe", "2.JFIF", "3.mpo", "4.dib", "5.ppm", "6.pgm", "7.pbm", "8.pnm"] {
      try folder.write(Data([1]), to: name)
    }
    for name in ["a.xml", "b.XML", "c.psd", "read me"] { try folder.write(Data("text".utf8), to: name) }
    // Without an ending, or with a number for one, the first bytes decide.
    for name in ["4f2a", "frame.0001"] { try folder.write(try picture(3), to: name) }
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(
      relative(dataset, folder)
        == ["1.jpe", "2.JFIF", "3.mpo", "4.dib", "4f2a", "5.ppm", "6.pgm", "7.pbm", "8.pnm", "frame.0001"])
    #expect(dataset.otherFiles == [".xml": 2, ".psd": 1, "": 1])
    #expect(dataset.notes == ["4 files are not images we read: 2 .xml, 1 without an ending, 1 .psd"])
    #expect(DataScan(dataset, workers: 1).otherFiles == dataset.otherFiles)
    #expect("\(DataScan(dataset, workers: 1))".contains("4 files are not images we read"))
  }

  @Test func shardsBesideAnImageAreSaidToBeUnread() throws {
    let folder = try TemporaryFolder()
    let shard = tar([("1.jpg", Data([1]))])
    for name in ["a/0.tar", "b/1.tar"] { try folder.write(shard, to: name) }
    #expect(try ImageDataset(paths: [folder.path]).notes.isEmpty)
    try folder.write(Data([1]), to: "b/stray.jpg")
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(relative(dataset, folder) == ["b/stray.jpg"])
    #expect(dataset.notes == ["2 .tar files lie beside images and are not read; name them"])
    let one = try ImageDataset(paths: [folder.path("b")])
    #expect(one.notes == ["1 .tar file lies beside images and is not read; name it"])
  }

  @Test func linksInShardsHaveTheContentOfWhatTheyLeadTo() throws {
    let folder = try TemporaryFolder()
    let links: [TarLinkFixture] = [
      .init("b.png", hardTo: "a.png"), .init("deep/c.png", symbolicTo: "../a.png"),
      .init("d.png", symbolicTo: "deep/c.png"),
      .init("gone.png", symbolicTo: "nowhere.png"), .init("outside.png", symbolicTo: "/a.png"),
      .init("circle.png", symbolicTo: "circle.png"), .init("folder", symbolicTo: "deep"),
    ]
    try folder.write(tar([("a.png", Data([1, 2, 3])), ("e.png", Data([5]))], links: links), to: "shard.tar")
    for indexes in [nil, folder.url.appending(path: "indexes")] {
      let dataset = try ImageDataset(paths: [folder.path("shard.tar")], indexFolder: indexes)
      #expect(
        relative(dataset, folder) == ["a.png", "e.png", "b.png", "deep/c.png", "d.png"].map { "shard.tar:" + $0 })
      let contents = try (0..<dataset.count).map { try dataset.withBytes(of: $0) { Array($0) } }
      #expect(contents == [[1, 2, 3], [5], [1, 2, 3], [1, 2, 3], [1, 2, 3]])
      #expect(
        dataset.problems.map(\.name) == ["gone", "outside", "circle"].map { folder.path("shard.tar:\($0).png") })
      #expect(dataset.problems.allSatisfy { $0.reason.hasPrefix("is a link to ") })
    }
  }

  @Test func aShardWithDotsInItsKeysSaysWhatAKeyIs() throws {
    let folder = try TemporaryFolder()
    let members = ["1", "2"].flatMap { [("img.000\($0).jpg", Data([1])), ("img.000\($0).cls", Data("4".utf8))] }
    try folder.write(tar(members), to: "shard.tar")
    #expect(try ImageDataset(paths: [folder.path("shard.tar")]).count == 2)
    let error = #expect(throws: DatasetError.self) {
      try ImageDataset(paths: [folder.path("shard.tar")], labelled: true)
    }
    #expect(error?.description.contains("ends at the first dot of a name, here 'img'") == true, "\(error!)")
  }

  @Test func filesThatAreKnownToBeImagesNeedNoEnding() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([7]), to: "in/a")
    let dataset = try ImageDataset(files: ["in/a", folder.path("in/a")], in: folder.path)
    #expect(relative(dataset, folder) == ["in/a", "in/a"])
    #expect(try (0..<2).map { try dataset.withBytes(of: $0) { Array($0) } } == [[7], [7]])
    try folder.write(try picture(1), to: "image")
    #expect(try ImageDataset(paths: [folder.path("image")]).count == 1)
  }
}

/// Comparing data sets.
@Suite struct DatasetComparisonTests {
  private func folder(_ names: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in names { try folder.write(Data([1]), to: name) }
    return folder
  }

  @Test func identityIsOfNamesAndClassesNotOfPlaces() throws {
    let names = ["a/1.jpg", "a/2.jpg", "b/3.jpg"]
    let (first, second) = (try folder(names), try folder(names))
    let before = DatasetIdentity(of: try ImageDataset(paths: [first.path], labelled: true))
    #expect(before == DatasetIdentity(of: try ImageDataset(paths: [second.path], labelled: true)))
    #expect(before.count == 3 && before.classes == ["a": 2, "b": 1])
    try FileManager.default.removeItem(atPath: second.path("a/2.jpg"))
    let fewer = DatasetIdentity(of: try ImageDataset(paths: [second.path], labelled: true))
    #expect(before.difference(to: fewer) == "3 images then, 2 now; of class 'a' 2 then, 1 now")
    try second.write(Data([1]), to: "a/4.jpg")
    let renamed = DatasetIdentity(of: try ImageDataset(paths: [second.path], labelled: true))
    #expect(before.difference(to: renamed)?.contains("other names") == true)
    #expect(before.difference(to: before) == nil)
    let unlabelled = DatasetIdentity(of: try ImageDataset(paths: [first.path]))
    #expect(unlabelled.classes.isEmpty && unlabelled != before)
    let reversed = try ImageDataset(paths: [first.path], labelled: true).subset([2, 1, 0])
    #expect(DatasetIdentity(of: reversed) != before)
  }

  @Test func manyNamesAreAllPartOfTheIdentity() throws {
    let names = (0..<9000).map { "folder/image-\($0).jpg" }
    var others = names
    others[8123] = "folder/image-x.jpg"
    let identities = try [names, names, others].map { DatasetIdentity(of: try ImageDataset(files: $0)) }
    #expect(identities[0] == identities[1] && identities[0] != identities[2])
  }

  @Test func sharedImagesAreFoundHoweverTheyAreNamed() throws {
    let folder = try folder(["train/a/1.jpg", "train/b/2.jpg", "test/a/3.jpg"])
    let link = folder.path("again")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path("train"))
    func dataset(_ name: String) throws -> ImageDataset { try ImageDataset(paths: [folder.path(name)], labelled: true) }
    let train = try dataset("train")
    #expect(try dataset("again").sharedCount(with: train) == 2)
    #expect(try dataset("test").sharedCount(with: train) == 0)
    #expect(try dataset("test").checkHeldOut(from: train, allowed: false) == nil)
    let error = #expect(throws: (any Error).self) { try dataset("again").checkHeldOut(from: train, allowed: false) }
    #expect("\(error!)".contains("all 2 test images are among the training images"))
    #expect(try dataset("again").checkHeldOut(from: train, allowed: true) != nil)
    try folder.write(Data("../train/a/1.jpg\ta\n\(folder.path("test/a/3.jpg"))\ta\n".utf8), to: "lists/mixed.txt")
    let note = try dataset("lists/mixed.txt").checkHeldOut(from: train, allowed: false)
    #expect(note?.hasPrefix("1 of the 2 test images are training images too") == true)
  }

  @Test func oneClassIsNothingToTellApart() throws {
    let folder = try folder(["cat/1.jpg", "cat/2.jpg"])
    let error = #expect(throws: DatasetError.self) {
      try ImageDataset(paths: [folder.path], labelled: true).checkSeveralClasses()
    }
    #expect(error?.description.contains("'cat'") == true)
    try folder.write(Data([1]), to: "dog/1.jpg")
    try ImageDataset(paths: [folder.path], labelled: true).checkSeveralClasses()
    try ImageDataset(paths: [folder.path]).checkSeveralClasses()
  }
}
