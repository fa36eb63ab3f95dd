import SplitMaskCore

/// How large images are cut into tiles.
///
/// Tiles lie side by side from the upper left corner. What is left at the right and at the lower edge is left out where it is
/// less than half of a tile (without the overlap); else a last tile is moved inwards to cover it. An image that is smaller than a tile
/// along a side, but not than half of it, is as long as it is.
public struct Tiling: Codable, Hashable, Sendable {
  /// A resolution of an image.
  public enum Level: Codable, Hashable, Sendable {
    /// Counted from 0, the finest.
    case number(Int)
    /// The level whose pixels have this size, a quarter more or less; none is resampled.
    case micronsPerPixel(Double)
  }

  /// Which tiles show nothing.
  public struct BackgroundRule: Codable, Hashable, Sendable {
    /// A tile is background where no channel's standard deviation reaches this share of the image's range, which is from the
    /// 0.1th to the 99.9th percentile of all of its channels.
    ///
    /// Both are of the means of squares of pixels: of the smallest level on which a tile has 32 pixels or more, in squares
    /// that are a 32nd to a 63rd of its side.
    public var minimumDeviation = 0.02
    /// A tile is background where more than this share of it was not measured (nodata, NaN).
    public var maximumMissing = 0.95

    /// The rule as it is by default.
    public init() {}
  }

  /// Columns and rows of a tile.
  public var size: Int
  /// Which resolution is cut.
  public var level: Level
  /// Columns and rows that neighbours share.
  public var overlap: Int
  /// Which tiles are left out; nil keeps all.
  public var background: BackgroundRule?

  /// Tiles of a size.
  public init(
    size: Int, level: Level = .number(0), overlap: Int = 0, background: BackgroundRule? = BackgroundRule()
  ) {
    self.size = size
    self.level = level
    self.overlap = overlap
    self.background = background
  }

  /// - Throws: `InvalidSetting`, its key under `tiles`.
  public func validate() throws {
    guard (16...16_384).contains(size) else {
      throw InvalidSetting("tiles.size", "is \(size); tiles have 16 to 16384 columns and rows")
    }
    guard (0..<size).contains(overlap) else {
      throw InvalidSetting("tiles.overlap", "is \(overlap); it must be 0 or more, and less than the size, \(size)")
    }
    switch level {
    case .number(let number) where number < 0:
      throw InvalidSetting("tiles.level", "is \(number); the finest level is 0")
    case .micronsPerPixel(let microns) where !(microns > 0 && microns.isFinite):
      throw InvalidSetting("tiles.micronsPerPixel", "is \(microns); it must be above 0")
    default: break
    }
    if let background, !(0...1).contains(background.minimumDeviation) || !(0...1).contains(background.maximumMissing) {
      throw InvalidSetting("tiles.background", "has shares that are not from 0 to 1")
    }
  }

  /// Where tiles begin along a side, and how long they are.
  func starts(along length: Int) -> (starts: [Int], size: Int) {
    guard length > size else { return (2 * length >= size ? [0] : [], length) }
    var starts = Array(stride(from: 0, through: length - size, by: size - overlap))
    let rest = length - (starts[starts.count - 1] + size)
    if rest > 0, 2 * rest >= size - overlap { starts.append(length - size) }
    return (starts, size)
  }
}
