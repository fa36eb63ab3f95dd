import CImageCodecs
import Foundation

/// An image to draw on.
public struct Canvas: Sendable {
  /// Red, green, blue.
  public typealias Color = SIMD3<UInt8>

  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  private var pixels: [UInt8]

  /// A copy of an image.
  public init(_ image: PixelImage) {
    (width, height, pixels) = (image.width, image.height, image.pixels)
  }

  /// An even surface.
  public init(width: Int, height: Int, color: Color) {
    (self.width, self.height) = (width, height)
    pixels = []
    pixels.reserveCapacity(3 * width * height)
    for _ in 0..<width * height { pixels += [color.x, color.y, color.z] }
  }

  /// What was drawn.
  public var image: PixelImage { PixelImage(width: width, height: height, pixels: pixels) }

  /// A colour for the `index`-th of any number of things, neighbours far apart.
  public static func color(_ index: Int) -> Color {
    // Hues by the golden angle, and three depths of them.
    let hue = (Double(index) * 0.618_033_988_75 + 0.02).truncatingRemainder(dividingBy: 1) * 6
    let value = [230.0, 175, 120][index / 8 % 3]
    let rising = value * (1 - abs(hue.truncatingRemainder(dividingBy: 2) - 1))
    let (high, middle) = (UInt8(value), UInt8(rising))
    switch Int(hue) {
    case 0: return Color(high, middle, 20)
    case 1: return Color(middle, high, 20)
    case 2: return Color(20, high, middle)
    case 3: return Color(20, middle, high)
    case 4: return Color(middle, 20, high)
    default: return Color(high, 20, middle)
    }
  }

  /// Mixes a colour into one pixel.
  ///
  /// - Parameters:
  ///   - color: the colour.
  ///   - x: the column.
  ///   - y: the row.
  ///   - share: of the colour, 0 to 1.
  public mutating func blend(_ color: Color, x: Int, y: Int, share: Float) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let start = 3 * (y * width + x)
    for channel in 0..<3 {
      let old = Float(pixels[start + channel])
      pixels[start + channel] = UInt8((old + (Float(color[channel]) - old) * share).rounded())
    }
  }

  /// Fills a rectangle, as far as it is on the canvas.
  public mutating func fill(_ box: CropBox, _ color: Color, share: Float = 1) {
    for y in max(0, box.top)..<max(0, min(height, box.top + box.height)) {
      for x in max(0, box.left)..<max(0, min(width, box.left + box.width)) { blend(color, x: x, y: y, share: share) }
    }
  }

  /// The edge of a rectangle, inside it.
  public mutating func outline(_ box: CropBox, _ color: Color, thickness: Int) {
    let side = min(thickness, box.width, box.height)
    guard side > 0 else { return }
    fill(CropBox(left: box.left, top: box.top, width: box.width, height: side), color)
    fill(CropBox(left: box.left, top: box.top + box.height - side, width: box.width, height: side), color)
    fill(CropBox(left: box.left, top: box.top, width: side, height: box.height), color)
    fill(CropBox(left: box.left + box.width - side, top: box.top, width: side, height: box.height), color)
  }

  /// Copies an image onto the canvas.
  public mutating func draw(_ image: PixelImage, left: Int, top: Int) {
    for row in 0..<image.height where row + top >= 0 && row + top < height {
      let count = min(image.width, width - left)
      guard count > 0, left >= 0 else { continue }
      let (source, target) = (3 * row * image.width, 3 * ((row + top) * width + left))
      pixels.replaceSubrange(target..<target + 3 * count, with: image.pixels[source..<source + 3 * count])
    }
  }

  /// How many columns a line of text takes with its field; nil on a system without typefaces.
  static func width(of text: String, size: Int) -> Int? {
    Letters(text, size: size).map { $0.width + 2 * fieldMargin(size) }
  }

  private static func fieldMargin(_ size: Int) -> Int { max(1, size / 5) }

  /// Writes a line of text on a field of a colour. A system without typefaces leaves the field away.
  ///
  /// - Parameters:
  ///   - text: one line.
  ///   - size: of the letters, in pixels.
  ///   - left: of the field.
  ///   - top: of the field.
  ///   - color: the colour of the field.
  ///   - ink: the colour of the letters.
  /// - Returns: the field's sides; 0 where nothing was written.
  @discardableResult
  public mutating func write(
    _ text: String, size: Int, left: Int, top: Int, on color: Color, letters ink: Color = Color(255, 255, 255)
  ) -> (width: Int, height: Int) {
    guard let letters = Letters(text, size: size) else { return (0, 0) }
    let margin = Self.fieldMargin(size)
    let field = CropBox(
      left: left, top: top, width: letters.width + 2 * margin, height: size + 2 * margin)
    fill(field, color)
    let first = top + margin + max(0, (size - letters.height) / 2)
    for y in 0..<letters.height {
      for x in 0..<letters.width {
        let coverage = letters.coverage[y * letters.width + x]
        guard coverage > 0 else { continue }
        blend(ink, x: left + margin + x, y: first + y, share: Float(coverage) / 255)
      }
    }
    return (field.width, field.height)
  }

  /// How much of each pixel a line of text covers.
  private struct Letters {
    let width: Int
    let height: Int
    let coverage: [UInt8]

    init?(_ text: String, size: Int) {
      // Pango reads its markup.
      let plain = text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
      var bytes: UnsafeMutablePointer<UInt8>?
      var (width, height) = (Int32(0), Int32(0))
      var reason = [CChar](repeating: 0, count: CIC_REASON_SIZE)
      guard cic_draw_text(plain, Int32(size), &bytes, &width, &height, &reason) == CIC_OK, let bytes else { return nil }
      defer { cic_free(bytes) }
      self.width = Int(width)
      self.height = Int(height)
      coverage = Array(UnsafeBufferPointer(start: bytes, count: self.width * self.height))
    }
  }
}
