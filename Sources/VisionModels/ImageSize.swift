/// The height and width of an image in pixels.
///
/// Written as one number where both are equal, as `[height, width]` otherwise.
public struct ImageSize: Codable, Hashable, Sendable, CustomStringConvertible {
  /// Rows of pixels.
  public var height: Int
  /// Columns of pixels.
  public var width: Int

  /// A size.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  /// A square.
  public init(_ side: Int) {
    self.init(height: side, width: side)
  }

  /// From one number or `[height, width]`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let side = try? container.decode(Int.self) {
      self.init(side)
      return
    }
    let sides = try container.decode([Int].self)
    guard sides.count == 2 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "an image size is one number or [height, width]")
    }
    self.init(height: sides[0], width: sides[1])
  }

  /// To one number where the sides are equal, to `[height, width]` otherwise.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if height == width {
      try container.encode(height)
    } else {
      try container.encode([height, width])
    }
  }

  /// "224", or "height x width" as in "160x224".
  public var description: String { height == width ? "\(height)" : "\(height)x\(width)" }
}
