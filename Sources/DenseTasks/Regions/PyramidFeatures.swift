public import ImageLoading
public import Torch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The maps of a feature pyramid as one table with a row for every pixel of every level and image, so that regions of
/// all levels and images are read by one operator.
public struct PyramidFeatures {
  /// `[Σ B · H · W, C]`, float32 or float64, with its history.
  public let table: Tensor
  /// The levels, finest first.
  let levels: [Level]

  /// Where a level's pixels are.
  struct Level {
    let stride: Double
    let rows: Int
    let columns: Int
    let firstRow: Int

    /// The table's row of an image's first pixel.
    func firstRow(image: Int) -> Int { firstRow + image * rows * columns }
  }

  /// - Parameters:
  ///   - maps: `[B, C, H, W]` each, of one type and device.
  ///   - strides: pixels of the image that a map's pixel stands for.
  public init(_ maps: [Tensor], strides: [Int]) {
    precondition(maps.count == strides.count && !maps.isEmpty, "\(maps.count) maps for \(strides.count) strides")
    let channels = maps[0].shape[1]
    var first = 0
    levels = zip(maps, strides).map { map, stride in
      let shape = map.shape
      defer { first += shape[0] * shape[2] * shape[3] }
      return Level(stride: Double(stride), rows: shape[2], columns: shape[3], firstRow: first)
    }
    let rows = Tensor.concatenate(maps.map { $0.permuted([0, 2, 3, 1]).reshaped([-1, channels]) })
    // Weighted sums of half-precision rows would lose what the weights say.
    table = rows.dtype == .float64 ? rows : rows.to(.float32)
  }

  /// The level for a box: one coarser for every doubling of its side, from 112 pixels on (FPN, arXiv 1612.03144).
  public static func level(of box: Box, levelCount: Int) -> Int {
    let side = max(0, box.area).squareRoot()
    return Int(min(max(log2(side / 56 + 1e-6).rounded(.down), 0), Float(levelCount - 1)))
  }
}
