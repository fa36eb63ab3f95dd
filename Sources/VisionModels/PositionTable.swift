public import Torch

/// The learned vectors of an encoder's positions.
public enum PositionTable {
  /// A table for another grid, as timm makes it: the patches' vectors resampled by antialiased bicubic interpolation,
  /// corners not aligned, those of the tokens before them kept (METHODS §1.3).
  ///
  /// - Parameters:
  ///   - table: `[1, prefixCount + n, D]`.
  ///   - prefixCount: tokens before the patches.
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
}
