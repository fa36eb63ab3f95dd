import Foundation
import ImageCoding
import SplitMaskCore
import TestSupport
import Testing

/// Rarer formats, and files without their last bytes, against PIL (`Tests/Goldens/images/make_formats.py`).
@Suite struct ImageFormatTests {
  private let goldens: ImageGoldens

  init() throws {
    goldens = try ImageGoldens("formats.safetensors")
  }

  private func encoded(_ name: String) throws -> Data { Data(try goldens.bytes("formats/\(name)/encoded")) }

  /// Those that can be read here.
  private var names: [String] {
    goldens.names("formats").filter { $0[1] == "encoded" }.map { $0[0] }.filter {
      !$0.hasPrefix("jp2") || ImageFormat.jp2.isReadable
    }
  }

  private func kind(_ data: Data) -> ImageError.Kind? {
    do {
      _ = try EncodedImage(data).decode()
      return nil
    } catch { return (error as? ImageError)?.kind }
  }

  @Test func decodesWhatPILDecodes() throws {
    #expect(names.count >= 28)
    for name in names {
      let image = EncodedImage(try encoded(name))
      #expect(name.hasPrefix(try image.header().format.rawValue), "\(name)")
      #expect(try image.decode() == goldens.image("formats/\(name)/expected"), "\(name)")
    }
  }

  @Test func aRegionOfAFileWithoutAnEndHasThePixelsOfTheWhole() throws {
    for name in names where name.hasPrefix("jpeg") {
      let image = EncodedImage(try encoded(name))
      let box = CropBox(left: 20, top: 17, width: 13, height: 9)
      #expect(try image.decode(box) == image.decode().cropped(to: box), "\(name)")
    }
  }

  /// Only the end marker may be missing: what is cut further is refused, whatever the region.
  @Test func aJPEGThatLacksPixelsIsRefused() throws {
    for name in names where name.hasPrefix("jpeg unended") {
      let whole = try encoded(name)
      for missing in [3, 8, 40, whole.count / 2] {
        let cut = EncodedImage(whole.dropLast(missing))
        #expect(kind(whole.dropLast(missing)) == .truncated, "\(name) \(missing)")
        #expect(throws: ImageError.self, "\(name) \(missing)") {
          try cut.decode(CropBox(left: 0, top: 0, width: 8, height: 8))
        }
      }
    }
  }

  /// A progressive file that ends between two scans decodes without a warning, but not to its last bits.
  @Test func aProgressiveJPEGWithoutItsLastScansIsRefused() throws {
    let whole = [UInt8](try encoded("jpeg unended progressive"))
    let scans = (0..<whole.count - 1).filter { whole[$0] == 0xff && whole[$0 + 1] == 0xda }
    #expect(scans.count > 3)
    for start in scans.dropFirst() {
      // The tables in front of a scan belong to it.
      let tables = (0..<start).last { whole[$0] == 0xff && whole[$0 + 1] == 0xc4 } ?? start
      for end in [start, tables] { #expect(kind(Data(whole[..<end])) == .truncated, "cut at \(end)") }
    }
  }

  @Test func cutFilesAreRefused() throws {
    for name in names where name.hasPrefix("bmp") || name.hasPrefix("pnm") {
      let whole = try encoded(name)
      // The last bytes of run lengths are the end of the picture, of text a line's end, and of rows padding.
      for part in [0.4, 0.9] {
        #expect(kind(whole.prefix(Int(Double(whole.count) * part))) == .truncated, "\(name) \(part)")
      }
    }
    let unpadded = try encoded("bmp unpadded rgb")
    #expect(kind(unpadded.dropLast()) == .truncated)
  }

  @Test func damageNeverCrashes() throws {
    var generator = SeededGenerator(seed: 5, purpose: .dataSet)
    for name in names {
      let data = try encoded(name)
      for _ in 0..<30 {
        var broken = data
        for _ in 0..<generator.integer(in: 1...6) {
          broken[generator.integer(in: 0...broken.count - 1)] = UInt8(truncatingIfNeeded: generator.next())
        }
        _ = try? EncodedImage(broken).decode(pixelLimit: 1 << 18)
      }
    }
  }

  @Test func damagedHeadersAreNamedAsWhatTheyAre() throws {
    let tiff = Data([0x49, 0x49, 0x2a, 0x00, 0xff, 0xff, 0x00, 0x00]) + Data(count: 200)
    let error = #expect(throws: ImageError.self) { try EncodedImage(tiff).decode() }
    #expect(error?.kind == .damaged)
    #expect(error?.description.contains("magick") == false, "\(error?.description ?? "")")
  }

  @Test func textIsNoImage() {
    for text in [
      "BM_0001.jpg\nBM_0002.jpg\nBM_0003.jpg\n", "P3 of them\n", "P10/1.jpg\n", "P1 1.jpg\nP1 2.jpg\n",
      "P3 2019/img1.jpg\n", "P2 2019 07.jpg\n", "P5\t3\n", "P5\t3\nP6\t4\n", "P4 12\n",
    ] {
      #expect(kind(Data(text.utf8)) == .notAnImage, "\(text)")
    }
  }

  @Test func commentsOfNetpbmMayBeAnywhereInTheHeader() throws {
    let long = String(repeating: "a long comment ", count: 20)
    for header in ["P5 2 1 255\n", "P5\n# a\n2#b\n1\n#c\n255\n", "P5\n# \(long)\n2 1\n255\n"] {
      let image = try EncodedImage(Data(header.utf8) + Data([10, 20])).decode()
      #expect(image == PixelImage(width: 2, height: 1, pixels: [10, 10, 10, 20, 20, 20]), "\(header)")
    }
  }
}
