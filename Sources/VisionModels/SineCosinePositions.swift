public import Torch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// MAE's fixed two-dimensional positions (facebookresearch/mae, util/pos_embed.py): the first half of the values says
/// the column, the second the row; of each half, sines come before cosines.
public enum SineCosinePositions {
  /// `[n, D]`.
  public static func table(grid: PatchGrid, dimension: Int) -> Tensor {
    let quarter = dimension / 4
    let frequencies = (0..<quarter).map { pow(10000, -Double($0) / Double(quarter)) }
    var values: [Float] = []
    values.reserveCapacity(grid.count * dimension)
    for row in 0..<grid.rows {
      for column in 0..<grid.columns {
        for coordinate in [column, row] {
          values += frequencies.map { Float(sin(Double(coordinate) * $0)) }
          values += frequencies.map { Float(cos(Double(coordinate) * $0)) }
        }
        values += [Float](repeating: 0, count: dimension - 4 * quarter)
      }
    }
    return Tensor(values, shape: [grid.count, dimension])
  }
}
