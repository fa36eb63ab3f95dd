import Foundation
import ImageCoding
import Testing

@Suite struct LabelMapTests {
  private struct Golden: Decodable {
    let png: Data
    /// Nil for what is no label map.
    let values: [UInt8]?
  }

  private struct Goldens: Decodable { let labelMaps: [String: Golden] }

  /// `Tests/Goldens/coco/make.py` wrote them with Pillow.
  private func goldens() throws -> [String: Golden] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Goldens/coco/goldens.json")
    return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: file)).labelMaps
  }

  private func kind(_ data: Data, pixelLimit: Int = EncodedImage.defaultPixelLimit) -> ImageError.Kind? {
    do {
      _ = try EncodedImage(data).decodeLabels(pixelLimit: pixelLimit)
      return nil
    } catch { return (error as? ImageError)?.kind }
  }

  @Test func storedValuesAreRead() throws {
    let goldens = try goldens()
    #expect(goldens.count == 12)
    for (name, golden) in goldens {
      guard let values = golden.values else {
        #expect(kind(golden.png) == .unsupported, "\(name)")
        continue
      }
      #expect(try EncodedImage(golden.png).decodeLabels() == LabelMap(width: 7, height: 6, values: values), "\(name)")
    }
  }

  /// Written with zlib: 3 x 2 pixels of 16 bits.
  @Test func valuesOf16BitsAreReadAsFarAsTheyAreClasses() throws {
    let small =
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACEAAAAADoj+WFAAAAFklEQVR42mNgYGBgZGBiYGBm+M/ACAADNQEH9edLtAAAAABJRU5ErkJggg=="
    let large =
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACEAAAAADoj+WFAAAAFklEQVR42mNgYGBgZGBiYNT5/5+BEQAIBAIwvM/YKgAAAABJRU5ErkJggg=="
    let map = try EncodedImage(#require(Data(base64Encoded: small))).decodeLabels()
    #expect(map == LabelMap(width: 3, height: 2, values: [0, 1, 2, 3, 255, 1]))
    let data = try #require(Data(base64Encoded: large))
    let error = #expect(throws: ImageError.self) { try EncodedImage(data).decodeLabels() }
    #expect(error?.kind == .unsupported && error?.description.contains("it holds the value 300") == true)
  }

  @Test func ownLabelMapsComeBack() throws {
    let values = (0..<91).map { UInt8($0 * 17 % 256) }
    let data = try ImageEncoder.png(grey: values, width: 13, height: 7)
    #expect(try EncodedImage(data).decodeLabels().values == values)
  }

  @Test func damageHasAKind() throws {
    let png = try #require(try goldens()["palette of 4 bits"]).png
    #expect(kind(Data()) == .empty)
    #expect(kind(Data("words".utf8)) == .notAnImage)
    #expect(kind(try ImageEncoder.jpeg(PixelImage(width: 1, height: 1, pixels: [1, 2, 3]))) == .unsupported)
    #expect(kind(png, pixelLimit: 41) == .tooLarge)
    for count in 9..<png.count { #expect(kind(png.prefix(count)) == .truncated, "\(count) bytes") }
    for place in [17, 26, png.count - 20] {
      var damaged = png
      damaged[place] ^= 0x55
      #expect(kind(damaged) == .damaged, "byte \(place)")
    }
  }
}
