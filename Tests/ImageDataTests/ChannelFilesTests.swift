import Foundation
import ImageCoding
import ImageData
import TestSupport
import Testing

@Suite struct ChannelFilesTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A file of one channel of 2 × 2 pixels, all of one value.
  private func write(_ value: UInt16, _ name: String) throws {
    try folder.write(numpyFile([UInt16](repeating: value, count: 4), type: "u2", shape: [2, 2]), to: name)
  }

  private func dataset(_ pattern: String, labelled: Bool = false) throws -> ImageDataset {
    try ImageDataset(paths: [folder.path], labelled: labelled, channelFiles: pattern)
  }

  private func names(_ dataset: ImageDataset) -> [String] {
    (0..<dataset.count).map { String(dataset.name(of: $0).dropFirst(folder.path.count + 1)) }
  }

  private func samples(_ dataset: ImageDataset, _ index: Int) throws -> [Float] {
    let values = try dataset.withBytes(of: index) { try EncodedImage(bytes: $0).decodeSamples().values }
    return Array(values.prefix(dataset.channelNames.count))
  }

  @Test func channelsAreInNaturalOrder() throws {
    for site in ["a", "b"] {
      for (place, channel) in ["1", "2"].enumerated() {
        try write(UInt16(place + 1), "\(site)_w\(channel).npy")
      }
    }
    let images = try dataset("{site}_w{channel}.npy")
    #expect(images.channelNames == ["1", "2"] && images.channelFiles == "{site}_w{channel}.npy")
    #expect(names(images) == ["a_w1.npy", "b_w1.npy"])
    #expect(try samples(images, 1) == [1, 2])
    let header = try images.withBytes(of: 0) { try EncodedImage(bytes: $0).sampleHeader() }
    #expect(header.sampleType == .uint16 && header.channelCount == 2 && header.width == 2 && header.height == 2)
  }

  @Test func numbersAreOrderedByTheirValue() throws {
    let data = numpyFile([UInt8](repeating: 1, count: 9), type: "u1", shape: [3, 3])
    for channel in ["10", "2", "1"] { try folder.write(data, to: "s-\(channel).npy") }
    #expect(try dataset("{site}-{channel}.npy").channelNames == ["1", "2", "10"])
    for channel in ["GFP", "DAPI"] { try folder.write(data, to: "named/s-\(channel).npy") }
    let named = try ImageDataset(paths: [folder.path("named")], channelFiles: "{site}-{channel}.npy")
    #expect(named.channelNames == ["DAPI", "GFP"])
  }

  @Test func textOfAnAsteriskTellsNothingApart() throws {
    try write(1, "x_s1_w1F3C7.npy")
    try write(2, "x_s1_w2A990.npy")
    let images = try dataset("{site}_w{channel}*.npy")
    #expect(images.channelNames == ["1", "2"] && images.count == 1)
    #expect(try dataset("{site}_w{channel}.npy").channelNames == ["1F3C7", "2A990"])
  }

  @Test func foldersTellImagesApartAndMayTellChannelsApart() throws {
    for plate in ["p1", "p2"] {
      for channel in [1, 2] { try write(UInt16(channel), "\(plate)/w\(channel)/a.npy") }
    }
    #expect(try names(dataset("w{channel}/{site}.npy")) == ["p1/w1/a.npy", "p2/w1/a.npy"])
    #expect(try names(dataset("{plate}/w{channel}/*")) == ["p1/w1/a.npy", "p2/w1/a.npy"])
    #expect(try dataset("w{channel}/{site}.npy", labelled: true).classNames == ["p1", "p2"])
  }

  @Test func anImageWithoutAChannelIsOneProblem() throws {
    for name in ["a_w1", "a_w2", "b_w2", "c_w1", "c_w2"] { try write(1, "\(name).npy") }
    let images = try dataset("{site}_w{channel}.npy")
    #expect(names(images) == ["a_w1.npy", "c_w1.npy"])
    #expect(images.problems.map(\.name) == [folder.path("b_w2.npy")])
    #expect(images.problems.map(\.reason) == ["lacks channel 1, which others have"])
  }

  @Test func otherFilesAreCounted() throws {
    for name in ["a_w1", "a_w2", "overview", "thumb"] { try write(1, "\(name).npy") }
    let note = try #require(dataset("{site}_w{channel}.npy").notes.first)
    #expect(note.hasPrefix("2 files do not match the pattern '{site}_w{channel}.npy', such as "))
    #expect(note.hasSuffix("overview.npy"))
  }

  @Test(arguments: [
    ("{site}.tif", "has {channel} nowhere"), ("{channel}-{channel}.tif", "has {channel} 2 times"),
    ("{site}{channel}.tif", "nothing between {channel}"), ("{site-{channel", "a { without a name"),
    ("/w{channel}", "a slash at its start"), ("{site}_z{channel}.npy", "describes none of the 2 files"),
  ])
  func patternsThatDoNotFitAreErrors(_ pattern: String, _ message: String) throws {
    try write(1, "a_w1.npy")
    try write(1, "a_w2.npy")
    let error = #expect(throws: DatasetError.self) { try dataset(pattern) }
    #expect(error?.description.contains(message) == true)
    #expect(error?.description.contains("'\(pattern)'") == true)
  }

  @Test func twoFilesOfOneChannelAreNamed() throws {
    try write(1, "a1_w1.npy")
    try write(1, "a2_w1.npy")
    let error = #expect(throws: DatasetError.self) { try dataset("a*_w{channel}.npy") }
    let text = error?.description ?? ""
    #expect(text.contains(folder.path("a1_w1.npy")) && text.contains(folder.path("a2_w1.npy")))
  }

  @Test func noWholeImageIsAnErrorThatCountsTheChannels() throws {
    try write(1, "a_w1.npy")
    try write(1, "b_w2.npy")
    let error = #expect(throws: DatasetError.self) { try dataset("{site}_w{channel}.npy") }
    #expect(error?.description.contains("1 (1 files), 2 (1 files)") == true)
    #expect(error?.description.contains("a_w1.npy: lacks channel 2") == true)
  }

  @Test func filesThatDifferAreNamedWhenTheyAreRead() throws {
    try write(1, "a_w1.npy")
    try folder.write(numpyFile([UInt8](repeating: 1, count: 4), type: "u1", shape: [2, 2]), to: "a_w2.npy")
    try write(1, "b_w1.npy")
    try folder.write(try picture(1), to: "b_w2.npy")
    try write(1, "c_w1.npy")
    try folder.write(Data([1, 2]), to: "c_w2.npy")
    let images = try dataset("{site}_w{channel}.npy")
    func message(_ index: Int) -> String {
      let error = #expect(throws: ImageError.self) { try images.withBytes(of: index) { _ in } }
      return error?.description ?? ""
    }
    #expect(message(0).hasPrefix("its channel 2, \(folder.path("a_w2.npy")), is of a kind that cannot be read"))
    #expect(message(0).contains("1 channel of uint8, and channel 1, \(folder.path("a_w1.npy")), has 2 x 2 pixels"))
    #expect(message(1).contains("3 channels of uint8, and files that are grouped have one each"))
    #expect(message(2).hasPrefix("its channel 2, \(folder.path("c_w2.npy")), is not an image"))
  }

  @Test func whatWasNotMeasuredHasOneValueInAllChannels() throws {
    func write(_ value: Float, nodata: Double?, _ name: String) throws {
      let image = SampleImage(width: 2, height: 2, channelCount: 1, values: [value, 1, 2, 3])
      try folder.write(try ImageEncoder.tiff(image, type: .int16, meaning: .init(nodata: nodata)), to: name)
    }
    try write(-9999, nodata: -9999, "a_w1.tif")
    try write(-1, nodata: -1, "a_w2.tif")
    try write(7, nodata: nil, "b_w1.tif")
    try write(-1, nodata: -1, "b_w2.tif")
    let images = try dataset("{site}_w{channel}.tif")
    #expect(images.nodata == -9999)
    #expect(try samples(images, 0) == [-9999, -9999])
    let error = #expect(throws: ImageError.self) { try images.withBytes(of: 1) { _ in } }
    #expect(error?.description.contains("it declares a nodata value, and channel 1") == true)
  }

  @Test func labelsAreThoseOfTheFiles() throws {
    for (site, channel) in [("cat/1", 1), ("cat/1", 2), ("dog/2", 1), ("dog/2", 2)] {
      try write(1, "\(site)_w\(channel).npy")
    }
    try write(1, "other.npy")
    try write(1, "empty/overview.npy")
    let images = try dataset("{site}_w{channel}.npy", labelled: true)
    #expect(images.classNames == ["cat", "dog"] && (0..<2).map { images.label(of: $0) } == [0, 1])
    let given = try ImageDataset(labelledWhereGiven: [folder.path], channelFiles: "{site}_w{channel}.npy")
    #expect(given.classNames == ["cat", "dog"])
  }

  @Test func channelsOfDifferentClassesHaveNone() throws {
    try write(1, "w1/a.npy")
    try write(1, "w2/a.npy")
    let error = #expect(throws: DatasetError.self) { try dataset("w{channel}/{site}.npy", labelled: true) }
    #expect(error?.description.contains("different classes") == true)
    let given = try ImageDataset(labelledWhereGiven: [folder.path], channelFiles: "w{channel}/{site}.npy")
    #expect(given.classNames.isEmpty && given.count == 1 && given.label(of: 0) == nil)
  }

  @Test func everyFileIsReported() throws {
    for name in ["a_w1", "a_w2", "b_w1", "overview"] { try write(1, "\(name).npy") }
    var files: Set<String> = []
    try dataset("{site}_w{channel}.npy").forEachFile { files.insert(String(decoding: $0, as: UTF8.self)) }
    #expect(files == Set(["a_w1.npy", "a_w2.npy", "b_w1.npy", "overview.npy"].map(folder.path)).union([folder.path]))
  }

  @Test func namesIdentitySubsetsAndOutputsAreOfImages() throws {
    for site in ["a", "b", "c"] {
      for channel: UInt16 in [1, 2] {
        try write(10 * UInt16(site.utf8.first! - 96) + channel, "sub/\(site)_w\(channel).npy")
      }
    }
    let images = try dataset("{site}_w{channel}.npy")
    #expect(DatasetIdentity(of: images).count == 3)
    #expect(images.relativeName(of: 1) == "sub/b_w1.npy")
    #expect(OutputNames(of: images, suffixes: [".png"]).all == ["sub/a_w1.png", "sub/b_w1.png", "sub/c_w1.png"])
    let part = images.subset([2, 0])
    #expect(part.channelNames == ["1", "2"] && part.name(of: 0) == folder.path("sub/c_w1.npy"))
    #expect(try samples(part, 0) == [31, 32] && samples(part, 1) == [11, 12])
    #expect(images.sharedCount(with: part) == 2)
  }

  @Test func membersOfShardsAreGrouped() throws {
    func file(_ value: UInt16) -> Data {
      numpyFile([UInt16](repeating: value, count: 4), type: "u2", shape: [2, 2])
    }
    try folder.write(
      tar([("a.w1.npy", file(1)), ("a.w2.npy", file(2)), ("b.w1.npy", file(3)), ("b.w2.npy", file(4))]), to: "s.tar")
    let images = try ImageDataset(paths: [folder.path("s.tar")], channelFiles: "{key}.w{channel}.npy")
    #expect(images.count == 2 && images.name(of: 1) == folder.path("s.tar") + ":b.w1.npy")
    #expect(try samples(images, 1) == [3, 4])
  }

  @Test func filesThatAreNamedOneByOneAreGrouped() throws {
    for name in ["a_w1", "a_w2"] { try write(1, "\(name).npy") }
    let images = try ImageDataset(
      paths: ["a_w2.npy", "a_w1.npy"].map { folder.path($0) }, channelFiles: "{site}_w{channel}.npy")
    #expect(images.count == 1 && images.name(of: 0) == folder.path("a_w1.npy"))
  }
}
