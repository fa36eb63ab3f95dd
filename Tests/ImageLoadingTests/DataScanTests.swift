import Foundation
import ImageData
import ImageLoading
import TestSupport
import Testing

@Suite struct TypicalSideTests {
  @Test func theMiddleOfTheShorterSidesIsTypical() throws {
    let folder = try TemporaryFolder()
    let sizes = [(30, 20), (8, 50), (12, 9), (40, 41), (60, 11)]
    for (number, size) in sizes.enumerated() {
      try folder.write(try picture(number, width: size.0, height: size.1), to: "\(number).png")
    }
    // What cannot be read is no part of it.
    try folder.write(Data([1]), to: "broken.png")
    #expect(try ImageDataset(paths: [folder.path]).typicalShortSide == 11)
  }

  @Test func withoutAnImageThatCanBeReadItIsThePapers() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data([1]), to: "broken.png")
    #expect(try ImageDataset(paths: [folder.path]).typicalShortSide == 224)
  }
}

@Suite struct DataScanTests {
  @Test func findsSizesDuplicatesAndDamage() throws {
    let folder = try TemporaryFolder()
    for (number, size) in [(16, 20), (40, 30), (50, 60)].enumerated() {
      try folder.write(try picture(number, width: size.0, height: size.1), to: "a/\(number).png")
    }
    try folder.write(try picture(1, width: 40, height: 30), to: "b/copy.png")
    try folder.write(Data("words".utf8), to: "b/words.png")
    try folder.write(try picture(1).prefix(60), to: "b/cut.png")
    let dataset = try ImageDataset(paths: [folder.path], labelled: true)
    let scan = DataScan(dataset, workers: 2)
    #expect(scan.imageCount == 6)
    #expect(scan.readableCount == 4)
    #expect(scan.classes == ["a": 3, "b": 3])
    #expect(scan.formats == ["png": 4])
    #expect(scan.width.map { [$0.minimum, $0.median, $0.maximum] } == [16, 40, 50])
    #expect(scan.height.map { [$0.minimum, $0.median, $0.maximum] } == [20, 30, 60])
    #expect(scan.shortSides.map { [$0.from, $0.to, $0.count] } == [[16, 32, 3], [32, 64, 1]])
    #expect(scan.duplicates == [[folder.path("a/1.png"), folder.path("b/copy.png")]])
    #expect(scan.unreadable.map(\.name) == [folder.path("b/cut.png"), folder.path("b/words.png")])
    #expect(DataScan(dataset, workers: 1) == scan)
    let text = scan.description
    for part in ["6 images", "png 4", "1 copies of 1 images", "b/words.png: ", "16 to 50"] {
      #expect(text.contains(part), "\(part) is missing from\n\(text)")
    }
    let json = try JSONEncoder().encode(scan)
    #expect(try JSONDecoder().decode(DataScan.self, from: json) == scan)
    let keys = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any]).keys
    #expect(keys.contains("channel_layouts") && keys.allSatisfy { $0 == $0.lowercased() }, "\(keys)")
  }

  @Test func classesAreToldWhereFoldersGiveThem() throws {
    let folder = try TemporaryFolder()
    for number in 0..<3 { try folder.write(try picture(number), to: "\(number < 2 ? "a" : "b")/\(number).png") }
    let scan = DataScan(try ImageDataset(labelledWhereGiven: [folder.path]), workers: 1)
    #expect(scan.classes == ["a": 2, "b": 1])
    #expect(scan.description.contains("classes     2, of 1 to 2 images"))
  }

  @Test func reportsShardsThatWereCut() throws {
    let folder = try TemporaryFolder()
    let content = try picture(1)
    try folder.write(tar([("1.png", content), ("2.png", content)]).prefix(512 * 3 + 50), to: "cut.tar")
    let scan = DataScan(try ImageDataset(paths: [folder.path("cut.tar")]), workers: 1)
    #expect(scan.readableCount == 1)
    #expect(scan.unreadable.count == 1)
    #expect(scan.unreadable[0].name.hasSuffix("cut.tar:2.png"))
  }
}
