import DurableFiles
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImagePacking
import SplitMaskCore
import TestSupport
import Testing

@Suite struct ImagePackingTests {
  private let images: TemporaryFolder
  private let out: TemporaryFolder

  init() throws { (images, out) = (try TemporaryFolder(), try TemporaryFolder()) }

  private var shards: URL { out.file("shards") }

  private func config(shortSide: Int = 8, imagesPerShard: Int = 1000) -> ImagePacking.Config {
    var config = ImagePacking.Config()
    (config.shortSide, config.imagesPerShard) = (shortSide, imagesPerShard)
    return config
  }

  @discardableResult
  private func pack(_ config: ImagePacking.Config? = nil) throws -> ImagePacking.Summary {
    try ImagePacking(ImageDataset(labelledWhereGiven: [images.path]), config: config ?? self.config()).write(to: shards)
  }

  private func packed() throws -> ImageDataset { try ImageDataset(labelledWhereGiven: [shards.path]) }

  private func header(_ index: Int, of dataset: ImageDataset) throws -> SampleHeader {
    try dataset.withBytes(of: index) { try EncodedImage(bytes: $0).sampleHeader() }
  }

  private func samples(_ index: Int, of dataset: ImageDataset) throws -> SampleImage {
    try dataset.withBytes(of: index) { try EncodedImage(bytes: $0).decodeSamples() }
  }

  @Test func namesAndClassesAreKept() throws {
    try images.write(try picture(1), to: "cats/a.1.png")
    try images.write(try picture(2), to: "cats/a_1.png")
    try images.write(try picture(3, width: 40, height: 20), to: "dogs/\(String(repeating: "long", count: 30)).png")
    let summary = try pack()
    #expect(summary.images == 3 && summary.files == ["000000.tar"] && summary.skipped.isEmpty)
    let packed = try packed()
    #expect(packed.classNames == ["cats", "dogs"] && (0..<3).map { packed.label(of: $0) } == [0, 0, 1])
    let names = (0..<3).map { packed.name(of: $0).split(separator: ":").last! }
    #expect(names == ["cats/a_1.png", "cats/a_1-2.png", "dogs/\(String(repeating: "long", count: 30)).png"])
  }

  @Test func filesOfOneChannelArePackedAsChannels() throws {
    let pattern = "{site}_{channel}.npy"
    for (place, channel) in ["BF", "DAPI", "GFP"].enumerated() {
      let values = (0..<100).map { UInt8($0 + 50 * place) }
      try images.write(numpyFile(values, type: "u1", shape: [10, 10]), to: "cells/i0_\(channel).npy")
    }
    let grouped = try ImageDataset(labelledWhereGiven: [images.path], channelFiles: pattern)
    _ = try ImagePacking(grouped, config: config(shortSide: 10)).write(to: shards)
    let packed = try packed()
    #expect(packed.classNames == ["cells"])
    let own = try header(0, of: packed)
    #expect(!own.isPhotographic8Bit && own.channelCount == 3 && own.unspecifiedExtraChannels == 0)
    let before = try PixelSurvey(of: grouped, PixelConfig()).normalization
    var after = try PixelSurvey(of: packed, PixelConfig()).normalization
    #expect(before.format?.channels == after.format?.channels && before.mean == after.mean)
    // An encoder that was trained on the files sees what was packed, though it knows their pattern.
    let listed = try ImageDataset(labelledWhereGiven: [shards.path], channelFiles: pattern)
    #expect(listed.count == 1 && listed.channelFiles == nil)
    #expect(try PixelSurvey.check(listed, against: before).isEmpty)
    after.format?.files = pattern
    #expect(after == before)
    let stored = (0..<300).map { Float($0 / 3 + 50 * ($0 % 3)) }
    #expect(try samples(0, of: packed).values == stored)
  }

  @Test func shardsAreTarFilesAsOthersReadThem() throws {
    try images.write(try picture(1), to: "cats/\(String(repeating: "é", count: 80)).png")
    try pack()
    let listing = Process()
    listing.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    listing.arguments = ["tar", "tf", shards.appending(path: "000000.tar").path]
    let pipe = Pipe()
    listing.standardOutput = pipe
    listing.environment = ["LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"]
    try listing.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    listing.waitUntilExit()
    #expect(listing.terminationStatus == 0)
    let name = "cats/\(String(repeating: "é", count: 80))"
    #expect(text == "\(name).png\n\(name).cls\n")
  }

  @Test func photographsAreMadeSmallAndSmallOnesCopied() throws {
    let small = try picture(1, width: 30, height: 8)
    let large = PixelImage(width: 60, height: 32, pixels: picturePixels(3, 60, 32))
    try images.write(small, to: "a.png")
    try images.write(try ImageEncoder.jpeg(large), to: "b.jpg")
    try images.write(try ImageEncoder.png(large), to: "c.png")
    try pack()
    let packed = try packed()
    #expect(try packed.withBytes(of: 0) { Data($0) } == small)
    for (index, format) in [(1, ImageFormat.jpeg), (2, .png)] {
      let header = try header(index, of: packed)
      #expect(header.format == format && header.width == 15 && header.height == 8)
    }
  }

  @Test func deepSamplesKeepTypeNamesAndNodata() throws {
    // A constant in each channel, so that resizing keeps it; the left half of the first has no measurement.
    let values = (0..<32 * 64).flatMap { pixel -> [Float] in [pixel % 64 < 32 ? -9999 : 300, -200, 7, 12_345] }
    let image = SampleImage(width: 64, height: 32, channelCount: 4, values: values)
    let meaning = ImageEncoder.ChannelMeaning(names: ["blue", "green <&>", "red", "nir"], nodata: -9999)
    try images.write(try ImageEncoder.tiff(image, type: .int16, meaning: meaning), to: "a.tif")
    try pack()
    let packed = try packed()
    let header = try header(0, of: packed)
    #expect(header.sampleType == .int16 && header.channelCount == 4 && header.width == 16 && header.height == 8)
    #expect(header.channelNames == meaning.names && header.nodata == -9999 && header.unspecifiedExtraChannels == 0)
    let small = try samples(0, of: packed)
    for pixel in 0..<16 * 8 {
      #expect(small.values[4 * pixel + 1..<4 * pixel + 4] == [-200, 7, 12_345])
      let column = pixel % 16
      if column < 7 { #expect(small.values[4 * pixel] == -9999) }
      if column > 8 { #expect(small.values[4 * pixel] == 300) }
    }
  }

  @Test func smallDeepImagesKeepEveryValue() throws {
    for (name, type, values) in [
      ("a", "u2", (0..<48).map { Float($0 * 1000) }), ("b", "f4", (0..<48).map { Float($0) / 7 }),
    ] {
      let data =
        type == "u2"
        ? numpyFile(values.map { UInt16($0) }, type: type, shape: [6, 4, 2])
        : numpyFile(values, type: type, shape: [6, 4, 2])
      try images.write(data, to: "\(name).npy")
    }
    try pack()
    let (whole, packed) = (try ImageDataset(paths: [images.path]), try packed())
    for index in 0..<2 {
      #expect(try samples(index, of: packed) == samples(index, of: whole))
      // Two channels of an array are no grey beside opacity, and none is asked about.
      #expect(try header(index, of: packed).unspecifiedExtraChannels == 0)
    }
  }

  @Test func whatAFileLeavesOpenStaysOpen() throws {
    let image = SampleImage(width: 20, height: 20, channelCount: 4, values: (0..<1600).map { Float($0 * 10) })
    try images.write(try ImageEncoder.tiff(image, type: .uint16), to: "a.tif")
    try images.write(try ImageEncoder.tiff(image, type: .uint16, meaning: .init(lastIsOpacity: true)), to: "b.tif")
    try pack()
    let packed = try packed()
    #expect(try header(0, of: packed).unspecifiedExtraChannels == 1)
    #expect(try header(1, of: packed).opacity == .declared)
  }

  @Test func goesOnWhereItEndedToTheSameBytes() throws {
    for number in 0..<7 { try images.write(try picture(number), to: "\(number).png") }
    let all = try pack(config(imagesPerShard: 3))
    #expect(all.files == ["000000.tar", "000001.tar", "000002.tar"])
    let bytes = try all.files.map { try Data(contentsOf: shards.appending(path: $0)) }
    // As if it had been stopped within the second one.
    for name in all.files.dropFirst() { try FileManager.default.removeItem(at: shards.appending(path: name)) }
    try Data([1]).write(to: shards.appending(path: ".000001.tar.partial-abc"))
    let before = try FileManager.default.attributesOfItem(atPath: shards.appending(path: "000000.tar").path)
    #expect(try pack(config(imagesPerShard: 3)) == all)
    #expect(try all.files.map { try Data(contentsOf: shards.appending(path: $0)) } == bytes)
    let after = try FileManager.default.attributesOfItem(atPath: shards.appending(path: "000000.tar").path)
    #expect(before[.modificationDate] as? Date == after[.modificationDate] as? Date)
    #expect(try out.names == ["shards"] && FileManager.default.contentsOfDirectory(atPath: shards.path).count == 4)
  }

  @Test func anotherPackingIsRefused() throws {
    try images.write(try picture(1), to: "a.png")
    try pack()
    let size = #expect(throws: InvalidSetting.self) { try pack(config(shortSide: 9)) }
    #expect(size?.description.contains("another packing: a short side of 8 then, 9 now") == true)
    try images.write(try picture(2), to: "b.png")
    let images = #expect(throws: InvalidSetting.self) { try pack() }
    #expect(images?.description.contains("1 images then, 2 now") == true)
  }

  @Test func foldersOfOtherThingsAreRefused() throws {
    try images.write(try picture(1), to: "a.png")
    try out.write("mine", to: "shards/diary.txt")
    let other = #expect(throws: InvalidSetting.self) { try pack() }
    #expect(other?.description.contains("is not empty, it has diary.txt") == true)
    let inside = #expect(throws: InvalidSetting.self) {
      try ImagePacking(ImageDataset(paths: [images.path])).write(to: images.file("shards"))
    }
    #expect(inside?.description.contains("whose images are read") == true)
    #expect(try images.names == ["a.png"])
  }

  @Test func unreadableImagesAreNamedAgainAfterAResume() throws {
    try images.write(try picture(1), to: "a.png")
    try images.write(Data(try picture(2).prefix(60)), to: "b.png")
    let first = try pack()
    #expect(first.images == 1 && first.skipped.map(\.name) == [images.path("b.png")])
    #expect(try pack() == first)
    #expect(first.description.contains("1 left out, which cannot be read"))
  }

  @Test func nothingReadableIsAnError() throws {
    try images.write(Data(try picture(2).prefix(60)), to: "b.png")
    let error = #expect(throws: DatasetError.self) { try pack() }
    #expect(error?.description.contains("none of 1 images can be read") == true)
  }
}
