/// How the samples of a file are stored.
public enum SampleType: String, CaseIterable, Codable, Hashable, Sendable {
  case uint8, int8, uint16, int16, uint32, int32, float32, float64

  /// The least and the greatest value of an integer type; 0 and 1 of floating point, by convention.
  public var range: ClosedRange<Double> {
    switch self {
    case .uint8: 0...255
    case .int8: -128...127
    case .uint16: 0...65_535
    case .int16: -32_768...32_767
    case .uint32: 0...4_294_967_295
    case .int32: -2_147_483_648...2_147_483_647
    case .float32, .float64: 0...1
    }
  }
}

/// A decoded image of any number of channels, its values as they are stored in the file.
///
/// Integers of up to 24 bits are exact; larger ones and float64 are rounded to float32.
public struct SampleImage: Hashable, Sendable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// Values of a pixel.
  public let channelCount: Int
  /// `[height, width, channelCount]`, interleaved, row by row from the top.
  public var values: [Float]

  /// An image of the given values; `values` must hold `width * height * channelCount` of them.
  public init(width: Int, height: Int, channelCount: Int, values: [Float]) {
    precondition(
      width > 0 && height > 0 && channelCount > 0 && values.count == width * height * channelCount,
      "values must be [height, width, channels]")
    self.width = width
    self.height = height
    self.channelCount = channelCount
    self.values = values
  }
}
