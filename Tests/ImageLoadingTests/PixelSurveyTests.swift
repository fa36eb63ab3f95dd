import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

@Suite struct PixelSurveyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func survey(_ config: PixelConfig = PixelConfig()) throws -> PixelSurvey {
    try PixelSurvey(of: ImageDataset(paths: [folder.path]), config)
  }

  private func write(_ values: [UInt16], _ shape: [Int], _ name: String) throws {
    try folder.write(numpyFile(values, type: "u2", shape: shape), to: name)
  }

  @Test func photographsKeepImageNetsStatistics() throws {
    try folder.write(try picture(1), to: "a.png")
    let survey = try survey()
    #expect(survey.normalization == .imageNet && survey.notes.isEmpty)
  }

  @Test func channelsGetTheirOwnScaleAndStatistics() throws {
    // 0…999 in the first channel, 5,000…5,999 in the second.
    let values = (0..<1000).flatMap { [UInt16($0), UInt16(5000 + $0)] }
    try write(values, [40, 25, 2], "a.npy")
    let pixels = try survey().normalization
    let format = try #require(pixels.format)
    #expect(format.sampleType == .uint16 && format.fileChannelCount == 2 && format.channels.map(\.source) == [1, 2])
    #expect(format.channels.map(\.low) == [1, 5001] && format.channels.map(\.high) == [998, 5998])
    for channel in 0..<2 {
      #expect(abs(pixels.mean[channel] - 0.5) < 1e-3)
      #expect(abs(pixels.standardDeviation[channel] - 0.289) < 2e-3)
    }
  }

  @Test func aChoiceOfChannelsHasTheirOrder() throws {
    try write((0..<300).map { UInt16($0) }, [10, 10, 3], "a.npy")
    var config = PixelConfig()
    config.channels = [3, 1]
    config.names = ["nir", "blue"]
    let format = try #require(survey(config).normalization.format)
    #expect(format.channels.map(\.source) == [3, 1] && format.channels.map(\.name) == ["nir", "blue"])
    config.channels = [4]
    config.names = nil
    let error = #expect(throws: InvalidSetting.self) { try survey(config) }
    #expect(error?.description.contains("names channel 4, and the images have 3") == true)
  }

  @Test func aScaleOfOnesOwnSaysWhatItClips() throws {
    try write((0..<100).map { UInt16($0) }, [10, 10], "a.npy")
    var config = PixelConfig()
    (config.low, config.high) = ([0], [49])
    let survey = try survey(config)
    #expect(survey.normalization.format?.channels.map(\.high) == [49])
    #expect(survey.notes.contains { $0.contains("50 % of the values") })
  }

  @Test func filesThatDifferAreCounted() throws {
    try write([UInt16](repeating: 3, count: 16), [4, 4], "a.npy")
    try write([UInt16](repeating: 3, count: 16), [4, 4], "b.npy")
    try folder.write(try picture(1), to: "photo.png")
    let error = #expect(throws: DatasetError.self) { try survey() }
    let text = error?.description ?? ""
    #expect(text.contains("2 such as") && text.contains("1 channel of uint16") && text.contains("photo.png"))
  }

  @Test func channelsWithoutMeasurementsAreErrors() throws {
    try folder.write(numpyFile([Float](repeating: .nan, count: 16), type: "f4", shape: [4, 4]), to: "a.npy")
    let error = #expect(throws: DatasetError.self) { try survey() }
    #expect(error?.description.contains("has no measurement") == true)
  }

  @Test func channelsOfOneValueAreErrors() throws {
    try write([UInt16](repeating: 7, count: 16), [4, 4], "a.npy")
    let error = #expect(throws: DatasetError.self) { try survey() }
    #expect(error?.description.contains("is 7 everywhere") == true)
  }

  @Test func imagesThatCannotBeReadAreNoPhotographs() throws {
    try folder.write(Data(count: 128) + Data("DICM".utf8) + Data(count: 64), to: "a.png")
    for reading in PixelConfig.Reading.allCases {
      var config = PixelConfig()
      config.reading = reading
      let error = #expect(throws: DatasetError.self) { try survey(config) }
      #expect(error?.description.contains("can be read, such as") == true)
      #expect(error?.description.contains("DICOM") == true)
    }
  }

  /// Decoded as a network sees them.
  private func seen(_ pixels: PixelNormalization) throws -> [[Float]] {
    let images = try ImageDataset(paths: [folder.path])
    return try (0..<images.count).map { index in
      let image = try images.withBytes(of: index) {
        try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: RenderScratch())
      }
      guard case .channels(let scaled) = image else { return [] }
      return scaled.pixels.values
    }
  }

  @Test func imagesMayHaveScalesOfTheirOwn() throws {
    // The same picture at three exposures, and one of a single value.
    for (place, factor) in [1, 7, 60].enumerated() {
      try write((0..<1000).map { UInt16($0 * factor + 5) }, [40, 25], "\(place).npy")
    }
    try write([UInt16](repeating: 40, count: 1000), [40, 25], "3.npy")
    var config = PixelConfig()
    config.scale = .image
    let survey = try survey(config)
    let pixels = survey.normalization
    #expect(pixels.format?.scalesEachImage == true)
    #expect(survey.notes.contains { $0.contains("each image on a scale of its own") })
    #expect(abs(pixels.mean[0] - 0.5) < 1e-3 && abs(pixels.standardDeviation[0] - 0.289) < 1e-3)
    let seen = try seen(pixels)
    for image in 1..<3 {
      #expect(zip(seen[0], seen[image]).allSatisfy { abs($0 - $1) < 1e-2 })
    }
    #expect(seen[0][0] == 0 && seen[0][999] == 255)
    #expect(seen[3].allSatisfy { $0 == Float(255 * pixels.mean[0]) })
    #expect(try PixelSurvey.check(ImageDataset(paths: [folder.path]), against: pixels).isEmpty)
    (config.low, config.high) = ([0], [1])
    #expect(throws: InvalidSetting.self) { try self.survey(config) }
  }

  @Test func pagesOfAStackMayBeChannels() throws {
    let pages = (0..<3).map { page in
      var fixture = TIFFFixture(6, 5) { x, y, _ in 40 * page + 5 * y + x }
      if page == 0 { fixture.description = "ImageJ=1.53t\nimages=3\nslices=3\n" }
      return fixture
    }
    try folder.write(tiff(pages), to: "a.tif")
    let error = #expect(throws: DatasetError.self) { try survey() }
    #expect(error?.description.contains("slices Z: 3") == true)
    var config = PixelConfig()
    config.pages = .channels
    #expect(throws: DatasetError.self) { try survey(config) }
    config.pages = .all
    config.channels = [3, 1]
    let format = try #require(survey(config).normalization.format)
    #expect(format.fileChannelCount == 3 && format.channels.map(\.low) == [80, 0])
    #expect(format.channels.map(\.high) == [105, 25])
  }

  @Test func statisticsLeaveOutWhatWasNotMeasured() throws {
    var values = (0..<100).map { Float($0) }
    values += [Float](repeating: -9999, count: 20) + [.nan]
    try folder.write(numpyFile(values, type: "f4", shape: [11, 11]), to: "a.npy")
    var config = PixelConfig()
    config.nodata = -9999
    let pixels = try survey(config).normalization
    #expect(pixels.format?.channels.map(\.low) == [0] && pixels.format?.channels.map(\.high) == [99])
    #expect(abs(pixels.mean[0] - 0.5) < 1e-6)
  }

  @Test func loadersGiveTheScaledValuesOfEveryChannel() throws {
    let values = (0..<48).map { UInt16(100 * $0) }
    try write(values, [4, 4, 3], "a.npy")
    var config = PixelConfig()
    (config.low, config.high) = ([0], [4700])
    let images = try ImageDataset(paths: [folder.path])
    let pixels = try PixelSurvey(of: images, config).normalization
    let loader = try DataLoader(
      dataset: images, batchSize: 1, views: ViewConfiguration(encoder: .init(height: 4, width: 4), pixels: pixels),
      transform: .evaluation(resize: 4, crop: 4), workers: 0)
    let view = try #require(try loader.batches(epoch: 0).next()).views[0]
    let shown = Array(UnsafeRawBufferPointer(view.bytes).bindMemory(to: Float.self))
    for (value, own) in zip(shown, values) { #expect(abs(value - Float(own) * 255 / 4700) < 1e-4) }
  }

  @Test func photographsOnlyAreNoPlaceForDeepImages() throws {
    try write((0..<16).map { UInt16($0) }, [4, 4], "a.npy")
    try folder.write(try picture(1), to: "b.png")
    try folder.write(try picture(1), to: "c.png")
    let loader = try DataLoader(
      dataset: ImageDataset(paths: [folder.path]), batchSize: 3,
      views: ViewConfiguration(encoder: .init(height: 4, width: 4)), transform: .evaluation(resize: 4, crop: 4),
      workers: 0)
    #expect(try loader.batches(epoch: 0).next()?.count == 2)
    #expect(loader.skipped.map(\.reason).first?.contains("1 channel of uint16") == true)
  }

  private func writeChannelFiles(_ channels: [String]) throws {
    for (site, shift) in [("a", 0), ("b", 50)] {
      for (place, channel) in channels.enumerated() {
        try write((0..<100).map { UInt16(1000 * place + shift + $0) }, [10, 10], "\(site)_\(channel).npy")
      }
    }
  }

  @Test func filesOfOneChannelNameTheChannels() throws {
    try writeChannelFiles(["GFP", "DAPI", "RFP"])
    let pattern = "{site}_{channel}.npy"
    let images = try ImageDataset(paths: [folder.path], channelFiles: pattern)
    var config = PixelConfig()
    config.files = pattern
    let survey = try PixelSurvey(of: images, config)
    let format = try #require(survey.normalization.format)
    #expect(format.files == pattern && format.fileChannelCount == 3 && format.sampleType == .uint16)
    #expect(format.channels.map(\.name) == ["DAPI", "GFP", "RFP"])
    #expect(format.channels.map(\.low) == [1000, 0, 2000] && format.channels.map(\.high) == [1149, 149, 2149])
    #expect(try PixelSurvey.check(images, against: survey.normalization).isEmpty)
    let decoded = try JSONDecoder().decode(PixelFormat.self, from: JSONEncoder().encode(format))
    #expect(decoded == format)
    config.names = ["x", "y", "z"]
    #expect(try PixelSurvey(of: images, config).normalization.format?.channels.map(\.name) == ["x", "y", "z"])
  }

  @Test func filesOfOneChannelGoWithTheirPattern() throws {
    try writeChannelFiles(["1", "2"])
    let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_{channel}.npy")
    let pixels = try PixelSurvey(of: images, PixelConfig()).normalization
    let single = try ImageDataset(paths: [folder.path])
    let error = #expect(throws: DatasetError.self) { try PixelSurvey.check(single, against: pixels) }
    #expect(error?.description.contains("'{site}_{channel}.npy'") == true)
    var config = PixelConfig()
    config.files = "{site}_{channel}.npy"
    #expect(throws: InvalidSetting.self) { try PixelSurvey(of: single, config) }
    func others(_ channels: [String]) throws -> [String] {
      let folder = try TemporaryFolder()
      for channel in channels {
        try folder.write(numpyFile((0..<100).map { UInt16($0) }, type: "u2", shape: [10, 10]), to: "c_\(channel).npy")
      }
      let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_{channel}.npy")
      return try PixelSurvey.check(images, against: pixels)
    }
    #expect(try others(["3", "4"]).first == "channel 1 is '3' here, and the encoder calls it '1'")
    let moved = #expect(throws: DatasetError.self) { try others(["2", "3"]) }
    #expect(moved?.description.contains("channel 2 of the images is '3', where the encoder sees '2'") == true)
  }

  @Test func channelsAreToldApartByTheNamesInFiles() throws {
    func write(_ names: [String], _ name: String) throws {
      let image = SampleImage(width: 10, height: 10, channelCount: 2, values: (0..<200).map { Float($0 * $0) })
      try folder.write(try ImageEncoder.tiff(image, type: .uint16, meaning: .init(names: names)), to: name)
    }
    try write(["DAPI", "GFP"], "a.tif")
    let pixels = try survey().normalization
    try write(["DAPI", "RFP"], "a.tif")
    let images = try ImageDataset(paths: [folder.path])
    #expect(
      try PixelSurvey.check(images, against: pixels).first == "channel 2 is 'RFP' here, and the encoder calls it 'GFP'")
    try write(["GFP", "DAPI"], "a.tif")
    let moved = #expect(throws: DatasetError.self) { try PixelSurvey.check(images, against: pixels) }
    #expect(moved?.description.contains("'GFP', where the encoder sees 'DAPI', which is channel 2 here") == true)
    try write(["DAPI", "GFP"], "b.tif")
    let mixed = #expect(throws: DatasetError.self) { try survey() }
    #expect(mixed?.description.contains("into one order") == true)
  }

  @Test func anEncoderSettlesWhatItSees() throws {
    try write((0..<300).map { UInt16($0) }, [10, 10, 3], "a.npy")
    var config = PixelConfig()
    config.channels = [3, 1]
    let format = try #require(survey(config).normalization.format)
    #expect(try config.applied(to: format) == format)
    #expect(try PixelConfig().applied(to: format) == format)
    func refused(_ change: (inout PixelConfig) -> Void) -> String {
      var config = PixelConfig()
      change(&config)
      return (#expect(throws: InvalidSetting.self) { try config.applied(to: format) })?.description ?? ""
    }
    #expect(refused { $0.channels = [1, 3] }.contains("trained on channels [3, 1]"))
    #expect(refused { $0.names = ["x", "y"] }.contains("pixels.names"))
    #expect(refused { $0.scale = .image }.contains("trained on blue 2 to 299, red 0 to 297"))
    #expect(refused { $0.scale = .type }.contains("pixels.scale"))
    #expect(refused { ($0.low, $0.high) = ([0], [9]) }.contains("pixels.low"))
    #expect(refused { $0.reading = .rgb }.contains("3 channels of uint16"))
    #expect(refused { $0.alpha = .last }.contains("pixels.alpha"))
    #expect(refused { $0.shown = [2] }.contains("names channel 2"))
    #expect(refused { $0.channels = [3, 3] }.contains("twice"))
    var ofFiles = PixelConfig()
    (ofFiles.nodata, ofFiles.pages, ofFiles.shown) = (7, .channels, [1])
    let applied = try ofFiles.applied(to: format)
    #expect(applied.nodata == 7 && applied.pages == .channels && applied.shown == [1])
  }

  @Test func aPlanSaysWhatIsNoMeasurement() throws {
    var values = (0..<75).map { Float($0) } + [Float](repeating: -9999, count: 25)
    try folder.write(numpyFile(values, type: "f4", shape: [10, 10]), to: "a.npy")
    #expect(
      try survey().notes.contains(
        "-9999 is the least value of every channel, and frequent: --nodata -9999, if it stands for no measurement"))
    var config = PixelConfig()
    config.nodata = -9999
    #expect(
      try survey(config).notes.contains(
        "no measurement (-9999 or NaN): 25 % of a channel's values, which become its mean"))
    config.nodata = 1000
    #expect(try survey(config).notes.contains("no value is 1000 or NaN, which stands for no measurement"))
    values[0] = .nan
    try folder.write(numpyFile(values, type: "f4", shape: [10, 10]), to: "a.npy")
    #expect(try survey().notes.contains { $0.hasPrefix("no measurement (NaN): 1 %") })
  }

  @Test func otherStatisticsThanAnEncodersAreSaid() throws {
    try write((0..<400).map { UInt16($0) }, [20, 20], "a.npy")
    let pixels = try survey().normalization
    func notes(_ value: (Int) -> Int) throws -> [String] {
      try write((0..<400).map { UInt16(value($0)) }, [20, 20], "a.npy")
      return try PixelSurvey.check(ImageDataset(paths: [folder.path]), against: pixels)
    }
    #expect(try notes { $0 }.isEmpty && notes { 50 + 3 * $0 / 4 }.isEmpty)
    for value in [{ $0 / 4 }, { _ in 200 }] as [(Int) -> Int] {
      let found = try notes(value)
      #expect(found.count == 1 && found[0].contains("it was trained on"), "\(found)")
    }
  }

  @Test func whatAnEncoderNeedsIsNotLeftOut() throws {
    try write((0..<400).map { UInt16($0) }, [20, 20], "a.npy")
    var config = PixelConfig()
    config.nodata = 65535
    let pixels = try survey(config).normalization
    try write([UInt16](repeating: 65535, count: 400), [20, 20], "a.npy")
    let error = #expect(throws: DatasetError.self) {
      try PixelSurvey.check(ImageDataset(paths: [folder.path]), against: pixels)
    }
    #expect(error?.description.contains("and the encoder needs it") == true)
  }

  @Test func threeFilesOfBytesAreNoPhotograph() throws {
    for channel in 1...3 {
      let values = (0..<100).map { UInt8(channel * 10 + $0) }
      try folder.write(numpyFile(values, type: "u1", shape: [10, 10]), to: "a_\(channel).npy")
    }
    let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_{channel}.npy")
    let format = try PixelSurvey(of: images, PixelConfig()).normalization.format
    #expect(format?.channels.map(\.name) == ["1", "2", "3"])
  }

  @Test func filesOfSeveralChannelsAreNotGrouped() throws {
    for channel in 1...2 { try folder.write(try picture(1), to: "a_\(channel).png") }
    let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_{channel}.png")
    #expect(images.notes.contains { $0.contains("3 channels each and are not grouped by '{site}_{channel}.png'") })
    var config = PixelConfig()
    config.files = "{site}_{channel}.png"
    let error = #expect(throws: InvalidSetting.self) { try PixelSurvey(of: images, config) }
    #expect(error?.description.contains("holds several channels") == true)
  }

  @Test func pagesOfDifferentSizesAreNamed() throws {
    var pages = [TIFFFixture(32, 32) { x, y, _ in x + y }, TIFFFixture(24, 24) { x, y, _ in x + y }]
    for page in pages.indices { pages[page].bits = 16 }
    for name in ["a.tif", "b.tif"] { try folder.write(tiff(pages), to: name) }
    var config = PixelConfig()
    config.pages = .channels
    let error = #expect(throws: DatasetError.self) { try survey(config) }
    #expect(error?.description.contains("none of the images that were looked at can be read, such as") == true)
    #expect(error?.description.contains("a.tif: ") == true && error?.description.contains("24") == true)
    // Beside files whose pages are channels it is left out, and the plan says so, of images to train on and of others.
    let whole = [pages[0], pages[0]]
    for name in ["a.tif", "c.tif"] { try folder.write(tiff(whole), to: name) }
    let found = try survey(config)
    func isNamed(in notes: [String]) -> Bool {
      notes.contains { $0.hasPrefix("cannot be read: ") && $0.contains("b.tif: ") && $0.contains("24") }
    }
    #expect(isNamed(in: found.notes), "\(found.notes)")
    let images = try ImageDataset(paths: [folder.path])
    #expect(isNamed(in: try PixelSurvey.check(images, against: found.normalization)))
  }

  @Test func aPlanNamesImagesThatWillBeLeftOut() throws {
    try write((0..<200).map { UInt16($0) }, [10, 20], "a.npy")
    try folder.write("no array", to: "b.npy")
    #expect(
      try survey().notes.contains { $0.hasPrefix("cannot be read: ") && $0.contains("b.npy: ") })
    try folder.write("no array", to: "c.npy")
    #expect(try survey().notes.contains { $0.hasPrefix("2 of 3 cannot be read, such as ") && $0.contains("b.npy: ") })
  }

  @Test func aPlanNamesImagesThatLackAFile() throws {
    for name in ["a_1", "a_2", "b_1"] { try write((0..<200).map { UInt16($0) }, [10, 20], "\(name).npy") }
    let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_{channel}.npy")
    let survey = try PixelSurvey(of: images, PixelConfig())
    #expect(
      survey.notes.contains {
        $0.hasPrefix("left out: ") && $0.contains("b_1.npy: lacks channel 2, which others have")
      })
    #expect(try PixelSurvey.check(images, against: survey.normalization).contains { $0.contains("lacks channel 2") })
  }
}
