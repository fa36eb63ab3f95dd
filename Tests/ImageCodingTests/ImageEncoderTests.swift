import Foundation
import ImageCoding
import TestSupport
import Testing

@Suite struct ImageEncoderTests {
  private let image = PixelImage(
    width: 37, height: 23, pixels: (0..<37 * 23 * 3).map { UInt8(truncatingIfNeeded: $0 * $0 / 31) })

  @Test func pngKeepsEveryPixel() throws {
    let data = try ImageEncoder.png(image)
    #expect(try EncodedImage(data).decode() == image)
    #expect(try ImageEncoder.png(image) == data)
    // Width, height, 8 bits, RGB, as the PNG specification places them in IHDR.
    #expect(data[16..<26].elementsEqual([0, 0, 0, 37, 0, 0, 0, 23, 8, 2]))
  }

  @Test func labelMapsAreEightBitGrey() throws {
    let labels = (0..<37 * 23).map { UInt8($0 % 151) }
    let data = try ImageEncoder.png(grey: labels, width: 37, height: 23)
    #expect(data[16..<26].elementsEqual([0, 0, 0, 37, 0, 0, 0, 23, 8, 0]))
    let header = try EncodedImage(data).header()
    #expect(header.channelLayout == .grey && header.bitDepth == 8)
    #expect(try EncodedImage(data).decode().pixels == labels.flatMap { [$0, $0, $0] })
  }

  @Test func jpegQualityAndSampling() throws {
    var pixels: [UInt8] = []
    for y in 0..<48 {
      for x in 0..<64 { pixels += [UInt8(x * 4), UInt8(y * 5), UInt8(255 - x * 4)] }
    }
    let smooth = PixelImage(width: 64, height: 48, pixels: pixels)
    let fine = try ImageEncoder.jpeg(smooth, quality: 95)
    let coarse = try ImageEncoder.jpeg(smooth, quality: 30)
    #expect(coarse.count < fine.count)
    #expect(greatestDifference(try EncodedImage(fine).decode(), smooth)! <= 8)
    #expect(lumaSampling(fine) == 0x11)
    #expect(lumaSampling(coarse) == 0x22)
  }

  /// The sampling factors of the first component in the SOF0 segment.
  private func lumaSampling(_ data: Data) -> UInt8? {
    let bytes = [UInt8](data)
    let frame = bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 }
    return frame.map { bytes[$0 + 11] }
  }
}

@Suite struct TIFFEncoderTests {
  @Test(arguments: [1, 2, 3, 4, 5, 16], [SampleType.uint8, .uint16, .float32])
  func tiffKeepsEveryValue(channels: Int, type: SampleType) throws {
    let values = (0..<35 * channels).map { number -> Float in
      switch type {
      case .uint8: Float(number % 256)
      case .uint16: Float(number * 113 % 65_536)
      default: Float(number) / 7 - 3
      }
    }
    let image = SampleImage(width: 7, height: 5, channelCount: channels, values: values)
    let data = try ImageEncoder.tiff(image, type: type)
    #expect(try EncodedImage(data).decodeSamples() == image)
    let header = try EncodedImage(data).sampleHeader()
    #expect(header.format == .tiff && header.channelCount == channels && header.sampleType == type)
    #expect(header.opacity == .none && header.unspecifiedExtraChannels == channels - (channels < 3 ? 1 : 3))
    #expect(try ImageEncoder.tiff(image, type: type) == data)
  }

  @Test func valuesOutOfRangeAreClipped() throws {
    let image = SampleImage(width: 2, height: 2, channelCount: 1, values: [-3, .nan, 70_000, 65_534.4])
    let data = try ImageEncoder.tiff(image, type: .uint16)
    #expect(try EncodedImage(data).decodeSamples().values == [0, 0, 65_535, 65_534])
    #expect(throws: ImageError.self) { try ImageEncoder.tiff(image, type: .float64) }
  }

  @Test(arguments: [SampleType.uint8, .int8, .uint16, .int16, .uint32, .int32, .float32])
  func tiffSaysWhatChannelsMean(type: SampleType) throws {
    let values: [Float] = [1, 2, 3, 4, 100, 101, 102, 103]
    let image = SampleImage(width: 2, height: 1, channelCount: 4, values: values)
    let meaning = ImageEncoder.ChannelMeaning(names: ["a & b", "", "<c>", "nir"], nodata: type == .float32 ? -0.5 : 3)
    let file = EncodedImage(try ImageEncoder.tiff(image, type: type, meaning: meaning))
    #expect(try file.decodeSamples() == image)
    let header = try file.sampleHeader()
    #expect(header.sampleType == type && header.channelNames == meaning.names && header.nodata == meaning.nodata)
    #expect(header.unspecifiedExtraChannels == 0 && header.opacity == .none && !header.isPhotographic8Bit)
    let opacity = EncodedImage(try ImageEncoder.tiff(image, type: type, meaning: .init(lastIsOpacity: true)))
    #expect(try opacity.sampleHeader().opacity == .declared && opacity.decodeSamples() == image)
  }
}
