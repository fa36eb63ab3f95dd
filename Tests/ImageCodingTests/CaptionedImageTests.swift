import ImageCoding
import Testing

@Suite struct CaptionedImageTests {
  /// Two columns of 40 pixels in two colours.
  private var image: PixelImage {
    var canvas = Canvas(width: 80, height: 20, color: .init(200, 0, 0))
    canvas.fill(CropBox(left: 40, top: 0, width: 40, height: 20), .init(0, 0, 200))
    return canvas.image
  }

  private func pixel(_ image: PixelImage, x: Int, y: Int) -> [UInt8] {
    Array(image.pixels[(3 * (y * image.width + x))..<(3 * (y * image.width + x) + 3)])
  }

  private func isInk(_ image: PixelImage, _ rows: Range<Int>, _ columns: Range<Int>) -> Bool {
    rows.contains { y in columns.contains { x in pixel(image, x: x, y: y).allSatisfy { $0 < 128 } } }
  }

  @Test func wordsStandAroundAnEnlargedImage() {
    let drawn = CaptionedImage.draw(image, columns: ["left one", "right one"], caption: "A sentence below.")
    // Three times as large, so that a heading fits a column.
    #expect(drawn.width == 240 && drawn.height > 60)
    let top = (0..<drawn.height).first { pixel(drawn, x: 1, y: $0) == [200, 0, 0] } ?? -1
    #expect(top > 0)
    for (x, color) in [(0, [200, 0, 0]), (119, [200, 0, 0]), (120, [0, 0, 200]), (239, [0, 0, 200])] as [(Int, [UInt8])]
    {
      #expect(pixel(drawn, x: x, y: top) == color && pixel(drawn, x: x, y: top + 59) == color)
    }
    #expect(isInk(drawn, 0..<top, 0..<120) && isInk(drawn, 0..<top, 120..<240), "a heading above each column")
    #expect(isInk(drawn, (top + 60)..<drawn.height, 0..<240), "a caption below")
  }

  @Test func withoutWordsNothingChanges() {
    let same = CaptionedImage.draw(image, columns: [], caption: "")
    #expect(same.width == 80 && same.height == 20 && same.pixels == image.pixels)
  }

  @Test func longWordsBreakIntoLines() {
    let text = Array(repeating: "word", count: 60).joined(separator: " ")
    let short = CaptionedImage.draw(image, columns: ["a", "b"], caption: "word")
    let long = CaptionedImage.draw(image, columns: ["a", "b"], caption: text)
    #expect(long.width == short.width && long.height > short.height + 60)
  }
}
