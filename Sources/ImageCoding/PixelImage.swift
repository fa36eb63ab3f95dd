/// A decoded image: 8-bit red, green, blue.
public struct PixelImage: Hashable, Sendable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `[height, width, 3]`, interleaved, row by row from the top.
  public let pixels: [UInt8]

  /// An image of the given pixels; `pixels` must hold `width * height * 3` bytes.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0 && pixels.count == width * height * 3, "pixels must be [height, width, 3]")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}
