import Foundation
import ImageCoding
import TestSupport
import Testing

/// Files as cameras, scanners and other programs write them, against tifffile and Pillow
/// (`Tests/Goldens/formats/make_format_values.py`).
@Suite struct FormatFilesTests {
  private struct Expected: Decodable {
    let pages: String?
    let shape: [Int]?
    let sums: [Double]?
    let weighted: [Double]?
    let tolerance: Double?
    let error: String?
  }

  private let goldens = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../Goldens/formats/values.json").standardizedFileURL

  /// The sums of each channel's values, plain and weighted by the pixels' places.
  private func sums(_ image: SampleImage) -> (plain: [Double], weighted: [Double]) {
    var plain = [Double](repeating: 0, count: image.channelCount)
    var weighted = plain
    for (place, value) in image.values.enumerated() where !value.isNaN {
      let (pixel, channel) = place.quotientAndRemainder(dividingBy: image.channelCount)
      plain[channel] += Double(value)
      weighted[channel] += Double(value) * Double(pixel % 8191 + 1)
    }
    return (plain, weighted)
  }

  private func read(_ file: URL, _ pages: String) throws -> SampleImage {
    let encoded = EncodedImage(try Data(contentsOf: file))
    guard pages == "photograph" else {
      return try encoded.decodeSamples(pages: pages == "channels" ? .all : .first)
    }
    let image = try encoded.decode()
    return SampleImage(
      width: image.width, height: image.height, channelCount: 3, values: image.pixels.map { Float($0) })
  }

  private func isClose(_ found: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
    found.count == expected.count
      && zip(found, expected).allSatisfy { abs($0 - $1) <= max(tolerance, 1e-12) * max(abs($1), 1) }
  }

  @Test(.enabled(if: RealData.has("formats"), "needs the files of SPLITMASK_TEST_DATA"))
  func valuesAreThoseThatOthersRead() throws {
    let expected = try JSONDecoder().decode([String: Expected].self, from: Data(contentsOf: goldens))
    let folder = try RealData.unpacked("formats")
    #expect(expected.count >= 30)
    for (name, golden) in expected.sorted(by: { $0.key < $1.key }) {
      let file = folder.appending(path: name)
      if let words = golden.error {
        let error = #expect(throws: ImageError.self, "\(name)") { try self.read(file, "first") }
        let text = error.map { "\(name): \($0)" } ?? ""
        #expect(words.isEmpty || text.contains(words), "\(text)")
        continue
      }
      let image = try read(file, golden.pages!)
      #expect([image.height, image.width, image.channelCount] == golden.shape!, "\(name)")
      let (plain, weighted) = sums(image)
      #expect(isClose(plain, golden.sums!, golden.tolerance!), "\(name): \(plain), \(golden.sums!)")
      #expect(isClose(weighted, golden.weighted!, golden.tolerance!), "\(name)")
    }
  }
}
