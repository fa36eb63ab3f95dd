import Foundation
import ImageCoding
import ShapesData
import Testing

/// The embedded data set in other channels than red, green and blue of 8 bits.
@Suite struct ShapesSamplesTests {
  private func dataset(
    images: Int = 20, side: Int = 32, channels: Int, bits: Int, seed: UInt64 = 5
  ) throws -> ShapesDataset {
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.seed) = (images, side, side, seed)
    (config.channels, config.bits) = (channels, bits)
    return try ShapesDataset(config: config)
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("shapes-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func threeChannelsOfEightBitsAreThePicture() throws {
    let dataset = try dataset(channels: 3, bits: 8)
    let picture = dataset.render(4).image
    #expect(dataset.samples(4).values == picture.pixels.map { Float($0) })
  }

  @Test func furtherChannelsChangeNoneBefore() throws {
    let five = try dataset(channels: 5, bits: 16).samples(3)
    let sixteen = try dataset(channels: 16, bits: 16).samples(3)
    for pixel in 0..<32 * 32 {
      #expect(five.values[5 * pixel..<5 * pixel + 5] == sixteen.values[16 * pixel..<16 * pixel + 5])
    }
  }

  @Test func sixteenBitsAreLinearAndNeverSaturated() throws {
    let linear = try dataset(channels: 7, bits: 16)
    let encoded = try dataset(channels: 7, bits: 8)
    for index in 0..<20 {
      let values = linear.samples(index).values
      #expect(values.allSatisfy { (1000...65_000).contains($0) && $0 == $0.rounded() })
      // sRGB's curve keeps the order.
      for (value, byte) in zip(values, encoded.samples(index).values) where value < 1010 || value > 41_000 {
        #expect(value > 41_000 ? byte == 255 : byte < 2)
      }
    }
  }

  @Test(arguments: [(5, 16), (1, 8), (4, 8), (3, 16)]) func filesHoldTheSamples(channels: Int, bits: Int) throws {
    try withFolder { root in
      let dataset = try dataset(channels: channels, bits: bits)
      try dataset.write(to: root)
      #expect(try dataset.write(to: root) == .alreadyThere)
      for index in 0..<3 {
        #expect(dataset.imagePath(of: index).hasSuffix(".tif"))
        let image = EncodedImage(try Data(contentsOf: root.appendingPathComponent(dataset.imagePath(of: index))))
        #expect(try image.decodeSamples() == dataset.samples(index))
        #expect(try image.sampleHeader().sampleType == (bits == 8 ? .uint8 : .uint16))
        let labels = root.appendingPathComponent(dataset.labelMapPath(of: index))
        #expect(FileManager.default.fileExists(atPath: labels.path))
      }
      let other = try self.dataset(channels: channels, bits: bits == 8 ? 16 : 8)
      let error = #expect(throws: ShapesError.self) { try other.write(to: root) }
      #expect(error?.description.contains("bits there \(bits)") == true)
    }
  }

  @Test func manifestsOfEarlierVersionsAreRead() throws {
    let config = try dataset(channels: 3, bits: 8).config
    let data = try JSONEncoder().encode(config)
    #expect(!String(decoding: data, as: UTF8.self).contains("channels"))
    #expect(try JSONDecoder().decode(ShapesDataset.Config.self, from: data) == config)
    let other = try dataset(channels: 5, bits: 16).config
    #expect(try JSONDecoder().decode(ShapesDataset.Config.self, from: JSONEncoder().encode(other)) == other)
  }

  @Test(arguments: [(0, 8, "channels is 0"), (17, 8, "channels is 17"), (3, 12, "bits is 12")])
  func parametersOutOfRangeAreRefused(channels: Int, bits: Int, text: String) {
    let error = #expect(throws: ShapesError.self) { try dataset(channels: channels, bits: bits) }
    #expect(error?.description.contains(text) == true)
  }

  /// Objects' mean values in channels 4 to 8 alone, in another data set's scenes, tell the class.
  @Test func furtherChannelsTellTheClass() throws {
    let known = try spectra(of: dataset(images: 50, side: 24, channels: 8, bits: 16, seed: 1))
    let centers = Dictionary(grouping: known, by: \.shape).mapValues { mean($0.map(\.spectrum)) }
    let asked = try spectra(of: dataset(images: 50, side: 24, channels: 8, bits: 16, seed: 2))
    let right = asked.count { item in
      centers.min { distance($0.value, item.spectrum) < distance($1.value, item.spectrum) }?.key == item.shape
    }
    #expect(right > 40, "\(right) of 50")
  }

  private func spectra(of dataset: ShapesDataset) throws -> [(shape: ShapeClass, spectrum: [Float])] {
    try (0..<dataset.config.images).map { index in
      let drawn = dataset.render(index)
      let main = try #require(drawn.instances.max { $0.area < $1.area })
      let values = dataset.samples(index).values
      let places = drawn.instanceMap.indices.filter { drawn.instanceMap[$0] == main.number }
      let sums = (3..<8).map { channel in places.reduce(Float(0)) { $0 + values[8 * $1 + channel] - 1000 } }
      // Light differs from scene to scene.
      let total = sums.reduce(0, +)
      return (main.shape, sums.map { $0 / total })
    }
  }

  private func mean(_ spectra: [[Float]]) -> [Float] {
    spectra[0].indices.map { place in spectra.reduce(0) { $0 + $1[place] } / Float(spectra.count) }
  }

  private func distance(_ first: [Float], _ second: [Float]) -> Float {
    zip(first, second).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }
}
