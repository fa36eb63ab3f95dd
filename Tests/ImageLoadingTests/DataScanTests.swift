import Foundation
import ImageCoding
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
    for part in ["6 images", "png 4", "1 copy of 1 image", "b/words.png: ", "16 to 50"] {
      #expect(text.contains(part), "\(part) is missing from\n\(text)")
    }
    let json = try JSONEncoder().encode(scan)
    #expect(try JSONDecoder().decode(DataScan.self, from: json) == scan)
    let keys = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any]).keys
    #expect(keys.contains("channel_layouts") && keys.allSatisfy { $0 == $0.lowercased() }, "\(keys)")
  }

  @Test func ofManyCopiesAFewAreNamed() throws {
    let folder = try TemporaryFolder()
    for number in 0..<6 { try folder.write(try picture(1), to: "\(number).png") }
    let scan = DataScan(try ImageDataset(paths: [folder.path]), workers: 1)
    #expect(scan.duplicates[0].count == 6 && scan.duplicateGroups[0].hasSuffix("/2.png = 3 more"))
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

/// What a scan says of pixels that are no 8-bit photographs.
@Suite struct DataScanPixelsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func scan(workers: Int = 2) throws -> DataScan {
    DataScan(try ImageDataset(paths: [folder.path]), workers: workers)
  }

  private func write(_ values: [UInt16], _ shape: [Int], _ name: String) throws {
    try folder.write(numpyFile(values, type: "u2", shape: shape), to: name)
  }

  /// A TIFF whose further channels have no meaning.
  private func writeTIFF(channels: Int, _ name: String, _ value: (_ pixel: Int, _ channel: Int) -> Float) throws {
    let values = (0..<400).flatMap { pixel in (0..<channels).map { value(pixel, $0) } }
    let image = SampleImage(width: 20, height: 20, channelCount: channels, values: values)
    try folder.write(try ImageEncoder.tiff(image, type: .uint16), to: name)
  }

  private func needed(_ scan: DataScan) -> [String] { scan.advice.settings.filter(\.isNeeded).map(\.flag) }

  @Test func kindsAreCountedWithTheirValues() throws {
    for number in 0..<3 {
      // 0…999 in the first channel; in the second 5,000…5,899 and a limit of 6,000 that a tenth reach.
      let values = (0..<1000).flatMap { [UInt16($0), UInt16($0 < 900 ? 5000 + $0 : 6000)] }
      try write(values, [40, 25, 2], "\(number).npy")
    }
    try folder.write(try picture(1), to: "photograph.png")
    let scan = try scan()
    #expect(scan.kinds.map(\.count) == [3, 1])
    #expect(scan.kinds.map(\.example) == [folder.path("0.npy"), folder.path("photograph.png")])
    #expect(scan.kinds.map(\.description) == ["2 channels of uint16", "8-bit photographs"])
    #expect(scan.kinds[0].storage?.sampleType == .uint16 && scan.kinds[1].storage == nil)
    let channels = scan.kinds[0].channels
    #expect(channels.map(\.least) == [0, 5000] && channels.map(\.greatest) == [999, 6000])
    #expect(channels.map(\.low) == [1, 5001] && channels.map(\.high) == [998, 6000])
    #expect(abs(channels[0].mean! - 499.5) < 1e-9)
    #expect(channels.map(\.saturatedShare) == [0.001, 0.1] && channels.map(\.missingShare) == [0, 0])
    #expect(channels[0].histogram.count == 64 && channels[0].histogram.reduce(0, +) == 3000)
    #expect(channels[1].histogram.last == 300)
    #expect(try self.scan(workers: 1) == scan)
    #expect(scan.advice.questions.count == 1 && needed(scan) == ["--reading rgb"])
  }

  @Test func filesThatWereGroupedAreGroupedAgain() throws {
    for channel in 1...5 { try write((0..<100).map { UInt16($0) }, [10, 10], "a_w\(channel).npy") }
    let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_w{channel}.npy")
    let scan = DataScan(images, workers: 1)
    #expect(needed(scan) == ["--channel-files '{site}_w{channel}.npy'"])
    #expect(scan.kinds.first?.channels.map(\.name) == ["1", "2", "3", "4", "5"])
  }

  @Test func textNamesKindsValuesAndAdvice() throws {
    try writeTIFF(channels: 5, "a.tif") { pixel, channel in Float(1000 * (channel + 1) + pixel) }
    let lines = try scan().description.split(separator: "\n").map(String.init)
    #expect(lines.contains("pixels      5 channels of uint16: 1 (such as \(folder.path("a.tif")))"))
    #expect(lines.contains("              channels without a meaning: 2"))
    #expect(lines.contains("  channel 5  5000   5000  5200    5399  5399  0.25 %"))
    #expect(lines.contains("to pretrain splitmask pretrain IMAGES --out RUN"))
    #expect(lines.last?.contains("also --set augmentation.dihedral=true if") == true)
  }

  @Test func filesWhosePagesDifferAreAKindOfTheirOwn() throws {
    var pages = [32, 32, 24].map { side in TIFFFixture(side, side) { x, y, _ in x + y } }
    for page in pages.indices { pages[page].bits = 16 }
    for name in ["a.tif", "b.tif"] { try folder.write(tiff([pages[0], pages[1], pages[0]]), to: name) }
    try folder.write(tiff(pages), to: "c.tif")
    let kinds = try scan().kinds
    #expect(kinds.map(\.count) == [2, 1] && kinds.map { $0.storage?.pagesDiffer } == [false, true])
    #expect(try scan().description.contains("so that only the first can be read"))
  }

  @Test func nodataIsNoValue() throws {
    let values = (0..<100).flatMap { [$0 < 25 ? Float.nan : Float($0), Float($0)] }
    try folder.write(numpyFile(values, type: "f4", shape: [10, 10, 2]), to: "a.npy")
    let channels = try scan().kinds[0].channels
    #expect(channels.map(\.missingShare) == [0.25, 0] && channels.map(\.least) == [25, 0])
    #expect(try JSONEncoder().encode(try scan()).isEmpty == false)
  }

  @Test func emptyAndSaturatedImagesAreNamed() throws {
    try write((0..<100).map { UInt16($0) }, [10, 10], "good.npy")
    try write([UInt16](repeating: 7, count: 100), [10, 10], "empty.npy")
    try write((0..<100).map { $0 < 40 ? UInt16($0) : 65_535 }, [10, 10], "saturated.npy")
    try folder.write(try picture(3), to: "good.png")
    let white = PixelImage(width: 9, height: 8, pixels: [UInt8](repeating: 255, count: 9 * 8 * 3))
    try folder.write(try ImageEncoder.png(white), to: "white.png")
    let scan = try scan()
    #expect(scan.emptyImages.count == 2 && scan.saturatedImages.count == 2)
    #expect(scan.emptyImages.examples == [folder.path("empty.npy"), folder.path("white.png")])
    #expect(scan.saturatedImages.examples == [folder.path("saturated.npy"), folder.path("white.png")])
    #expect(scan.description.contains("empty       2 images (one value in each channel), such as "))
  }

  @Test(arguments: [(0, "--alpha last"), (1, "--alpha none")])
  func aLastChannelWithoutAMeaningIsAsked(slope: Int, flag: String) throws {
    try writeTIFF(channels: 4, "a.tif") { pixel, channel in Float(channel < 3 ? pixel : 65_535 - slope * pixel) }
    let scan = try scan()
    #expect(scan.advice.questions.count == 1 && scan.advice.questions[0].contains("what the last one is"))
    #expect(needed(scan) == [flag])
  }

  @Test func aChannelOfOneValueIsLeftOut() throws {
    try writeTIFF(channels: 5, "a.tif") { pixel, channel in Float(channel == 2 ? 9 : pixel) }
    let scan = try scan()
    #expect(scan.advice.questions.isEmpty && needed(scan) == ["--channels 1,2,4,5"])
  }

  @Test func aLeastValueOfAllChannelsMayBeNodata() throws {
    try writeTIFF(channels: 5, "a.tif") { pixel, channel in pixel < 40 ? 0 : Float(100 * channel + pixel) }
    let setting = try scan().advice.settings.first { $0.flag == "--nodata 0" }
    #expect(setting?.isNeeded == false && setting?.reason.contains("at least 10.00 % of every channel's") == true)
  }

  @Test func photographsNeedNothing() throws {
    for number in 0..<3 { try folder.write(try picture(number), to: "\(number).png") }
    let advice = try scan().advice
    #expect(advice.questions.isEmpty && advice.settings.isEmpty)
  }

  @Test func jsonHasStableKeys() throws {
    try writeTIFF(channels: 5, "a.tif") { pixel, channel in Float(pixel + channel) }
    let scan = try scan()
    let data = try JSONEncoder().encode(scan)
    #expect(try JSONDecoder().decode(DataScan.self, from: data) == scan)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let kind = try #require((json["kinds"] as? [[String: Any]])?.first)
    #expect(Set(kind.keys) == ["count", "example", "stored", "channels"])
    let stored = try #require(kind["stored"] as? [String: Any])
    #expect(
      Set(stored.keys)
        == [
          "channels", "sample_type", "significant_bits", "opacity", "channels_without_meaning", "pages", "pages_differ",
        ])
    let channel = try #require((kind["channels"] as? [[String: Any]])?.first)
    #expect(
      Set(channel.keys) == [
        "name", "least", "greatest", "mean", "percentile_0_1", "percentile_99_9", "least_share", "saturated_share",
        "missing_share", "histogram",
      ])
    #expect(Set(["empty_images", "saturated_images", "advice"]).isSubset(of: json.keys))
  }
}

@Suite struct DataScanPageTests {
  @Test func thePageNeedsNothingElse() throws {
    let folder = try TemporaryFolder()
    let values = (0..<800).map { UInt16($0) }
    try folder.write(numpyFile(values, type: "u2", shape: [20, 20, 2]), to: "<a>.npy")
    try folder.write(Data("words".utf8), to: "words.png")
    let dataset = try ImageDataset(paths: [folder.path])
    let page = try DataScanPage(DataScan(dataset, workers: 1), of: dataset).html()
    // A composite and each channel alone.
    #expect(page.components(separatedBy: "<img src=\"data:image/png;base64,").count == 4)
    #expect(page.components(separatedBy: "<svg ").count == 3)
    #expect(page.contains("&lt;a&gt;.npy") && !page.contains("<a>.npy"))
    #expect(page.contains("words.png: ") && page.contains("splitmask pretrain IMAGES --out RUN"))
    #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    #expect(page.contains("prefers-color-scheme: dark"))
  }

  @Test func nothingReadableGivesNoAdvice() throws {
    let folder = try TemporaryFolder()
    try folder.write(Data("words".utf8), to: "words.png")
    let dataset = try ImageDataset(paths: [folder.path])
    let scan = DataScan(dataset, workers: 1)
    #expect(!scan.description.contains("pretrain"))
    let page = try DataScanPage(scan, of: dataset).html()
    #expect(page.contains("words.png: ") && !page.contains("pretrain") && !page.contains("<img "))
  }

  @Test func manyImagesGiveADozenPictures() throws {
    let folder = try pictureFolder(40)
    let dataset = try ImageDataset(paths: [folder.path])
    let page = try DataScanPage(DataScan(dataset, workers: 1), of: dataset).html()
    #expect(page.components(separatedBy: "<img ").count == 13 && !page.contains("<svg "))
  }
}
