import Foundation
import ImageCoding
import SplitMaskCore
import TestSupport
import Testing

@Suite struct EncodedImageTests {
  let goldens: ImageGoldens

  init() throws {
    goldens = try ImageGoldens()
  }

  private func encoded(_ name: String) throws -> Data {
    Data(try goldens.bytes("decode/\(name)/encoded"))
  }

  @Test func decodesWhatPILDecodes() throws {
    let names = goldens.names("decode").filter { $0[1] == "encoded" }.map { $0[0] }
    #expect(names.count == 35)
    for name in names {
      let image = EncodedImage(try encoded(name))
      let expected = try goldens.image("decode/\(name)/expected")
      let decoded = try image.decode()
      // Lossy WebP may differ in the last bit between versions of its library.
      let tolerance = name == "webp" ? 1 : 0
      #expect((greatestDifference(decoded, expected) ?? 256) <= tolerance, "\(name)")
      let header = try image.header()
      #expect(header.width == expected.width && header.height == expected.height, "\(name)")
      #expect(name.hasPrefix(header.format.rawValue), "\(name)")
    }
  }

  @Test func aRegionHasThePixelsOfTheWhole() throws {
    var generator = SeededGenerator(seed: 3, purpose: .augmentation)
    for name in goldens.names("decode").filter({ $0[1] == "encoded" }).map({ $0[0] }) {
      let image = EncodedImage(try encoded(name))
      let whole = try image.decode()
      for _ in 0..<12 {
        let left = generator.integer(in: 0...whole.width - 1)
        let top = generator.integer(in: 0...whole.height - 1)
        let box = CropBox(
          left: left, top: top, width: generator.integer(in: 1...whole.width - left),
          height: generator.integer(in: 1...whole.height - top))
        #expect(try image.decode(box) == whole.cropped(to: box), "\(name) \(box)")
      }
    }
  }

  @Test func headersSayWhatAFileHolds() throws {
    func header(_ name: String) throws -> ImageHeader { try EncodedImage(try encoded(name)).header() }
    #expect(try header("jpeg grey").channelLayout == .grey)
    #expect(try header("jpeg cmyk").channelLayout == .cmyk)
    #expect(try header("png grey alpha").channelLayout == .greyAlpha)
    #expect(try header("png rgba").channelLayout == .rgba)
    #expect(try header("png grey 16 bits").bitDepth == 16)
    #expect(try header("jpeg orientation 6").orientation == 6)
    #expect(try header("jpeg orientation 6").width == 26)
  }

  private func kind(_ data: Data, pixelLimit: Int = EncodedImage.defaultPixelLimit) -> ImageError.Kind? {
    do {
      _ = try EncodedImage(data).decode(pixelLimit: pixelLimit)
      return nil
    } catch {
      return (error as? ImageError)?.kind
    }
  }

  @Test func unreadableFilesSayWhy() throws {
    let jpeg = try encoded("jpeg 4:2:0")
    let png = try encoded("png rgb")
    #expect(kind(Data()) == .empty)
    #expect(kind(Data("no image at all".utf8)) == .notAnImage)
    #expect(kind(Data("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>".utf8)) == .notAnImage)
    #expect(kind(jpeg, pixelLimit: 37 * 26) == nil)
    #expect(kind(jpeg, pixelLimit: 37 * 26 - 1) == .tooLarge)
    #expect(kind(png, pixelLimit: 37 * 26 - 1) == .tooLarge)
    for name in ["jpeg 4:2:0", "jpeg progressive", "png rgb", "webp", "bmp"] {
      let data = try encoded(name)
      for part in [0.3, 0.6, 0.95] {
        #expect(kind(data.prefix(Int(Double(data.count) * part))) == .truncated, "\(name) \(part)")
      }
    }
    for name in ["tiff lzw", "gif", "tiff cmyk"] {
      let data = try encoded(name)
      #expect(kind(data.prefix(data.count / 2)) != nil, "\(name)")
    }
    var broken = png
    broken.replaceSubrange(200..<210, with: Data(count: 10))
    #expect(kind(broken) == .damaged)
    // A hole of zeros, as of an interrupted download, inside the scan.
    var hole = jpeg
    hole.replaceSubrange(hole.count - 900..<hole.count - 2, with: Data(count: 898))
    #expect(kind(hole) != nil)
  }

  @Test func aCutJPEGIsRefusedWhateverTheRegion() throws {
    let jpeg = try encoded("jpeg 4:4:4")
    let image = EncodedImage(jpeg.prefix(jpeg.count - 200))
    #expect(throws: ImageError.self) { try image.decode(CropBox(left: 0, top: 0, width: 8, height: 8)) }
  }

  @Test func damageAnywhereNeverCrashes() throws {
    var generator = SeededGenerator(seed: 11, purpose: .dataSet)
    let names = goldens.names("decode").filter { $0[1] == "encoded" }.map { $0[0] }
    for name in names {
      let data = try encoded(name)
      for _ in 0..<20 {
        var broken = data
        for _ in 0..<generator.integer(in: 1...6) {
          broken[generator.integer(in: 0...broken.count - 1)] = UInt8(truncatingIfNeeded: generator.next())
        }
        // A changed size may ask for far more pixels than the file has.
        _ = kind(broken, pixelLimit: 1 << 20)
      }
    }
  }

  @Test func manyThreadsDecodeAtOnce() throws {
    let cases = try ["png rgba", "jpeg 4:2:0", "webp rgba", "tiff lzw", "gif"].map {
      (try encoded($0), try goldens.image("decode/\($0)/expected"))
    }
    DispatchQueue.concurrentPerform(iterations: 40) { number in
      let (data, expected) = cases[number % cases.count]
      #expect((try? EncodedImage(data).decode()) == expected)
      #expect((try? EncodedImage(data.prefix(data.count / 2)).decode()) == nil)
    }
  }
}
