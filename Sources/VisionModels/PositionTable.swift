public import Torch

/// The learned vectors of an encoder's positions.
public enum PositionTable {
  /// A table for another grid, as timm makes it: the patches' vectors resampled by antialiased bicubic interpolation,
  /// corners not aligned, those of the tokens before them kept.
  ///
  /// - Parameters:
  ///   - table: `[1, prefixCount + n, D]`.
  ///   - prefixCount: tokens before the patches.
  ///   - from: the grid that the table is of.
  ///   - to: the grid that is wanted.
  public static func resampled(
    _ table: Tensor, prefixCount: Int, from: PatchGrid, to: PatchGrid
  ) -> Tensor {
    noGrad {
      let width = table.shape[2]
      let patches = table.narrowed(1, start: prefixCount, count: from.count).to(.float32)
        .reshaped([1, from.rows, from.columns, width]).permuted([0, 3, 1, 2])
        .resizedBicubic(height: to.rows, width: to.columns, antialias: true)
        .permuted([0, 2, 3, 1]).reshaped([1, to.count, width])
      guard prefixCount > 0 else { return patches }
      return Tensor.concatenate([table.narrowed(1, start: 0, count: prefixCount).to(.float32), patches], along: 1)
    }
  }

  /// Patches' vectors for another grid, as DINO makes them in every forward pass (facebookresearch/dino,
  /// vision_transformer.py): bicubic without antialiasing, the source stepped through by (target + 0.1) / source
  /// instead of the sizes' own ratio. Carries gradients.
  ///
  /// - Parameters:
  ///   - positions: `[n, D]`.
  ///   - from: the grid that the table is of.
  ///   - to: the grid that is wanted.
  /// - Returns: `[n', D]`; the vectors themselves where the grids are the same.
  public static func interpolated(_ positions: Tensor, from: PatchGrid, to: PatchGrid) -> Tensor {
    guard from != to else { return positions }
    let width = positions.shape[1]
    return positions.reshaped([1, from.rows, from.columns, width]).permuted([0, 3, 1, 2])
      .resizedBicubic(
        height: to.rows, width: to.columns, verticalScale: (Double(to.rows) + 0.1) / Double(from.rows),
        horizontalScale: (Double(to.columns) + 0.1) / Double(from.columns)
      )
      .permuted([0, 2, 3, 1]).reshaped([to.count, width])
  }
}
