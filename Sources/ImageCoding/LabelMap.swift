/// A class number for every pixel of an image, as stored in a file.
public struct LabelMap: Hashable, Sendable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `[height, width]`, row by row from the top.
  public let values: [UInt8]

  /// A map of the given values; `values` must hold `width * height` of them.
  public init(width: Int, height: Int, values: [UInt8]) {
    precondition(width > 0 && height > 0 && values.count == width * height, "values must be [height, width]")
    self.width = width
    self.height = height
    self.values = values
  }
}
