/// An image of equally wide columns with a heading above each and a sentence below.
package enum CaptionedImage {
  /// Height of the letters in pixels.
  private static let letters = 13
  /// The least pixels of a column, for a heading of two or three words; narrower images are enlarged.
  private static let leastColumn = 112
  private static let (paper, ink) = (Canvas.Color(255, 255, 255), Canvas.Color(40, 40, 40))
  private static let margin = 6
  private static let lineHeight = 18

  /// Draws headings and caption around an image.
  ///
  /// An image whose columns are too narrow for words is enlarged by whole pixels. A system without typefaces leaves the
  /// words away, and the image as it is.
  ///
  /// - Parameters:
  ///   - image: the picture.
  ///   - columns: from left to right; none leaves the headings away.
  ///   - caption: a sentence or two; an empty one is left away.
  package static func draw(_ image: PixelImage, columns: [String], caption: String) -> PixelImage {
    guard !columns.isEmpty || !caption.isEmpty, Canvas.width(of: "x", size: letters) != nil else { return image }
    let count = max(1, columns.count)
    let scale = max(1, (leastColumn * count + image.width - 1) / image.width)
    let (width, height) = (scale * image.width, scale * image.height)
    let headings = columns.map { lines(of: $0, width: width / count - margin) }
    let below = lines(of: caption, width: width - 2 * margin)
    let top = block(headings.map(\.count).max() ?? 0)
    var canvas = Canvas(width: width, height: top + height + block(below.count), color: paper)
    for (column, lines) in headings.enumerated() {
      write(lines, left: column * width / count, top: margin, on: &canvas)
    }
    canvas.draw(enlarged(image, by: scale), left: 0, top: top)
    write(below, left: margin, top: top + height + margin, on: &canvas)
    return canvas.image
  }

  /// Pixels that lines take with the margin above and below; 0 for none.
  private static func block(_ lines: Int) -> Int { lines == 0 ? 0 : lines * lineHeight + 2 * margin }

  private static func write(_ lines: [String], left: Int, top: Int, on canvas: inout Canvas) {
    for (number, line) in lines.enumerated() {
      canvas.write(line, size: letters, left: left, top: top + number * lineHeight, on: paper, letters: ink)
    }
  }

  /// The text in lines that fit, broken between words; a word that does not fit has a line of its own.
  private static func lines(of text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, Canvas.width(of: "\(last) \(word)", size: letters) ?? 0 <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func enlarged(_ image: PixelImage, by scale: Int) -> PixelImage {
    guard scale > 1 else { return image }
    let width = scale * image.width
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * width * scale * image.height)
    for row in 0..<image.height {
      var line: [UInt8] = []
      line.reserveCapacity(3 * width)
      for column in 0..<image.width {
        let start = 3 * (row * image.width + column)
        for _ in 0..<scale { line += image.pixels[start..<start + 3] }
      }
      for _ in 0..<scale { pixels += line }
    }
    return PixelImage(width: width, height: scale * image.height, pixels: pixels)
  }
}
