import Foundation
import ImageCoding
import SplitMaskCore
import Testing

/// Samples as they are stored, against what NumPy, tifffile and Pillow wrote (`Tests/Goldens/samples/make_samples.py`).
@Suite struct SampleImageTests {
  private struct Golden: Decodable {
    let file: Data
    let first: Data?
    let firstShape: [Int]?
    let channels: Data?
    let channelsShape: [Int]?
    let error: String?
    let format: String?
    let channelCount: Int?
    let sampleType: SampleType?
    let significantBits: Int?
    let opacity: SampleHeader.Opacity?
    let unspecifiedExtraChannels: Int?
    let pageCount: Int?
    let pagesDiffer: Bool?
    let axes: [Int]?
    let order: String?
    let channelNames: [String]?
    let nodata: Double?
    let isPhotographic8Bit: Bool?

    func values(_ pages: PixelFormat.Pages) -> (bits: [UInt32], shape: [Int])? {
      let (data, shape) = pages == .first ? (first, firstShape) : (channels, channelsShape)
      guard let data, let shape else { return nil }
      let bits = data.withUnsafeBytes { bytes in
        (0..<data.count / 4).map {
          UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))
        }
      }
      return (bits, shape)
    }
  }

  private let goldens: [String: Golden]

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Goldens/samples/samples.json")
    goldens = try JSONDecoder().decode([String: Golden].self, from: Data(contentsOf: file))
  }

  /// Those that hold an image of which at least the first page is read.
  private var readable: [(name: String, golden: Golden)] {
    goldens.filter { $0.value.first != nil }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private func error(_ body: () throws -> Void) -> ImageError? {
    do { try body() } catch { return error as? ImageError }
    return nil
  }

  @Test func valuesAreThoseThatWereWritten() throws {
    #expect(readable.count >= 85)
    for (name, golden) in readable {
      for pages in PixelFormat.Pages.allCases {
        guard let expected = golden.values(pages) else { continue }
        let image = try EncodedImage(golden.file).decodeSamples(pages: pages)
        #expect([image.height, image.width, image.channelCount] == expected.shape, "\(name) \(pages)")
        // Bits, so that what is not a number is equal to itself; a negative zero is none here.
        let bits = image.values.map { $0 == 0 ? 0 : $0.isNaN ? Float.nan.bitPattern : $0.bitPattern }
        #expect(bits == expected.bits, "\(name) \(pages)")
      }
    }
  }

  @Test func headersSayWhatAFileHolds() throws {
    for (name, golden) in readable {
      let header = try EncodedImage(golden.file).sampleHeader()
      #expect([header.height, header.width] == golden.firstShape?.dropLast(), "\(name)")
      #expect(header.channelCount == golden.firstShape?.last, "\(name)")
      #expect(header.channelCount == golden.channelCount ?? header.channelCount, "\(name)")
      #expect(header.format.rawValue == golden.format ?? "tiff", "\(name)")
      #expect(header.sampleType == golden.sampleType ?? .uint8, "\(name)")
      if let bits = golden.significantBits { #expect(header.significantBits == bits, "\(name)") }
      #expect(header.opacity == golden.opacity ?? .none, "\(name)")
      if let count = golden.unspecifiedExtraChannels { #expect(header.unspecifiedExtraChannels == count, "\(name)") }
      #expect(header.pageCount == golden.pageCount ?? 1, "\(name)")
      #expect(header.pagesDiffer == golden.pagesDiffer ?? false, "\(name)")
      #expect(header.axes.map { [$0.channels, $0.slices, $0.frames] } == golden.axes, "\(name)")
      #expect(header.axes?.order == golden.order, "\(name)")
      #expect(header.channelNames == golden.channelNames ?? [], "\(name)")
      #expect(header.nodata == golden.nodata, "\(name)")
      #expect(header.isPhotographic8Bit == golden.isPhotographic8Bit ?? false, "\(name)")
    }
  }

  @Test func whatCannotBeReadSaysWhy() {
    for (name, golden) in goldens {
      guard let words = golden.error else { continue }
      let error = error { _ = try EncodedImage(golden.file).decodeSamples(pages: .channels) }
      #expect(error?.description.contains(words) == true, "\(name): \(error?.description ?? "no error")")
      guard golden.first == nil, name != "cut.npy" else { continue }
      #expect(self.error { _ = try EncodedImage(golden.file).sampleHeader() } != nil, "\(name)")
    }
  }

  /// Where nothing is lost, the 8-bit path gives the same numbers.
  @Test func picturesOfBytesAreTheSameAsRGB() throws {
    for (name, golden) in readable {
      let header = try EncodedImage(golden.file).sampleHeader()
      guard header.isPhotographic8Bit, header.significantBits == 8, header.opacity == .none, name != "cmyk.tif" else {
        continue
      }
      let samples = try EncodedImage(golden.file).decodeSamples()
      let picture = try EncodedImage(golden.file).decode()
      #expect(picture.width == samples.width && picture.height == samples.height, "\(name)")
      for pixel in 0..<picture.width * picture.height {
        for channel in 0..<3 {
          let value = samples.values[pixel * samples.channelCount + min(channel, samples.channelCount - 1)]
          #expect(Float(picture.pixels[3 * pixel + channel]) == value, "\(name)")
        }
      }
    }
  }

  @Test func arraysOfOtherThanBytesAreNoPictures() throws {
    for (name, words) in [
      ("last.npy", "it holds 7 channels of uint16"), ("square.npy", "it holds 5 channels of uint8"),
      ("little-f4.npy", "it holds 1 channel of float32"), ("little-b1.npy", "it holds 1 channel of bool"),
    ] {
      let data = try #require(goldens[name]).file
      let error = error { _ = try EncodedImage(data).decode() }
      #expect(error?.kind == .unsupported && error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func limitsHold() throws {
    let data = try #require(goldens["uint16x7-pages.tif"]).file
    let pixels = 70
    #expect(error { _ = try EncodedImage(data).sampleHeader(pixelLimit: pixels - 1) }?.kind == .tooLarge)
    #expect(error { _ = try EncodedImage(data).decodeSamples(pixelLimit: pixels - 1) }?.kind == .tooLarge)
    #expect(error { _ = try EncodedImage(data).decodeSamples(pixelLimit: pixels) } == nil)
    // Seven channels take as much as two pictures of four.
    #expect(error { _ = try EncodedImage(data).decodeSamples(pages: .channels, pixelLimit: pixels) }?.kind == .tooLarge)
    #expect(error { _ = try EncodedImage(data).decodeSamples(pages: .channels, pixelLimit: 2 * pixels) } == nil)
  }

  @Test func foreignFormatsSayWhatTheyAre() {
    let dicom = Data(count: 128) + Data("DICM".utf8) + Data(count: 200)
    let likeTIFF =
      Data([0x49, 0x49, 0x2a, 0, 0xff, 0, 0x08, 0]) + Data(count: 120) + Data("DICM".utf8) + Data(count: 50)
    let lif = Data([0x70, 0, 0, 0, 9, 0, 0, 0, 0x2a]) + Data(count: 50)
    for (data, words) in [
      (dicom, "it is DICOM"), (likeTIFF, "it is DICOM"), (Data("SIMPLE  =      T".utf8), "it is FITS"),
      (Data("ZISRAWFILE".utf8) + Data(count: 90), "it is Zeiss CZI"),
      (Data([0xda, 0xce, 0xbe, 0x0a]) + Data(count: 90), "it is Nikon ND2"), (lif, "it is Leica LIF"),
      (Data([0x89]) + Data("HDF\r\n\u{1a}\n".utf8) + Data(count: 90), "it is HDF5"),
    ] {
      let image = EncodedImage(data)
      for error in [
        error { _ = try image.header() }, error { _ = try image.sampleHeader() }, error { _ = try image.decode() },
        error { _ = try image.decodeSamples() },
      ] {
        #expect(error?.kind == .unsupported, "\(words)")
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
      }
    }
    let data = Data([0x70, 0, 0, 0]) + Data(count: 50)
    #expect(error { _ = try EncodedImage(data).sampleHeader() }?.kind == .notAnImage)
  }

  @Test func circlesOfDirectoriesAreFound() throws {
    var data = try #require(goldens["uint16-little.tif"]).file
    let start = Int(data[4])
    let link = start + 2 + 12 * Int(data[start])
    data.replaceSubrange(link..<link + 4, with: [UInt8(start), 0, 0, 0])
    #expect(error { _ = try EncodedImage(data).sampleHeader() }?.kind == .damaged)
  }

  @Test func cutFilesAreRefused() throws {
    for name in [
      "uint16x7-planar-tiled.tif", "bigtiff.tif", "float64-big.tif", "last.npy", "grey10.pgm", "uint16x3.png",
    ] {
      let data = try #require(goldens[name]).file
      // Of a PNG only the end mark may be missing.
      let end = name.hasSuffix(".png") ? data.count - 24 : data.count - 1
      for count in stride(from: 0, to: end, by: 7) {
        let cut = EncodedImage(data.prefix(count))
        let kind = error { _ = try cut.decodeSamples(pages: .channels) }?.kind
        #expect(kind != nil && kind != .unreadable, "\(name) cut at \(count)")
      }
    }
  }

  @Test func damageNeverCrashes() throws {
    var generator = SeededGenerator(seed: 7, purpose: .dataSet)
    for (_, golden) in readable {
      for _ in 0..<12 {
        var broken = golden.file
        for _ in 0..<generator.integer(in: 1...6) {
          broken[generator.integer(in: 0...broken.count - 1)] = UInt8(truncatingIfNeeded: generator.next())
        }
        _ = try? EncodedImage(broken).sampleHeader()
        _ = try? EncodedImage(broken).decodeSamples(pages: .channels, pixelLimit: 1 << 16)
      }
    }
  }
}
