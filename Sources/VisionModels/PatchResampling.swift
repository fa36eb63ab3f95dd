import Torch

/// The weights of patches of another size: what they answer to a patch that was resized is, as nearly as can be, what the old
/// ones answer to the patch itself (FlexiViT, arXiv 2212.08013, §3.4; timm, `resample_patch_embed`).
///
/// A patch is resized by a matrix, antialiased and bicubic; the weights are multiplied by the pseudo-inverse of its transpose.
/// Rows and columns are resized one after the other, so that matrices of a side are enough.
enum PatchResampling {
  /// - Parameters:
  ///   - weights: `[D, C, p, p]`.
  ///   - side: of the new patches, q.
  /// - Returns: `[D, C, q, q]` in float32.
  static func resampled(_ weights: Tensor, to side: Int) -> Tensor {
    noGrad {
      let old = weights.shape[2]
      let inverse = pseudoinverse(resizing(from: old, to: side))
      let matrix = Tensor(inverse.flatMap { $0 }, shape: [side, old])
      return matrix.matmul(weights.to(.float64)).matmul(matrix.transposed(0, 1)).to(.float32)
    }
  }

  /// What each of `old` pixels in a line gives to each of `new`, a row a pixel.
  private static func resizing(from old: Int, to new: Int) -> [[Double]] {
    let pixels = (0..<old * old).map { $0 % (old + 1) == 0 ? 1.0 : 0 }
    let resized = Tensor(pixels, shape: [old, 1, 1, old]).resizedBicubic(height: 1, width: new, antialias: true)
    let values = resized.array(of: Double.self)
    return (0..<old).map { Array(values[$0 * new..<($0 + 1) * new]) }
  }

  /// Of a matrix of full rank, by its normal equations.
  private static func pseudoinverse(_ matrix: [[Double]]) -> [[Double]] {
    let turned = transposed(matrix)
    return matrix[0].count <= matrix.count
      ? solution(product(turned, matrix), turned) : transposed(solution(product(matrix, turned), matrix))
  }

  private static func transposed(_ matrix: [[Double]]) -> [[Double]] {
    matrix[0].indices.map { column in matrix.map { $0[column] } }
  }

  private static func product(_ left: [[Double]], _ right: [[Double]]) -> [[Double]] {
    let columns = transposed(right)
    return left.map { row in columns.map { zip(row, $0).reduce(0) { $0 + $1.0 * $1.1 } } }
  }

  /// What a square matrix is multiplied by to give another: Gauss's elimination, the largest pivot first.
  private static func solution(_ matrix: [[Double]], _ right: [[Double]]) -> [[Double]] {
    var rows = zip(matrix, right).map { $0 + $1 }
    let count = rows.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) }!
      rows.swapAt(column, pivot)
      let head = rows[column][column]
      rows[column] = rows[column].map { $0 / head }
      for other in 0..<count where other != column {
        let factor = rows[other][column]
        rows[other] = zip(rows[other], rows[column]).map { $0 - factor * $1 }
      }
    }
    return rows.map { Array($0[count...]) }
  }
}
