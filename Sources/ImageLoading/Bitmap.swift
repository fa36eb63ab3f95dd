/// A mask of an object on an image: a byte a pixel, row by row, 1 where the object is and 0 elsewhere.
public struct Bitmap: Hashable, Sendable {
  /// Rows of pixels.
  public let height: Int
  /// Columns of pixels.
  public let width: Int
  /// `height · width` bytes.
  public var pixels: [UInt8]

  /// A mask of given pixels.
  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width, "\(pixels.count) pixels do not fill \(height)x\(width)")
    self.height = height
    self.width = width
    self.pixels = pixels
  }

  /// A mask without an object.
  public init(height: Int, width: Int) {
    self.init(height: height, width: width, pixels: [UInt8](repeating: 0, count: height * width))
  }

  /// Pixels of the object.
  public var area: Int { pixels.reduce(0) { $0 + Int($1) } }
}
