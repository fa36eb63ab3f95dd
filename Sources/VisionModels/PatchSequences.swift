public import Torch

/// Sequences of normalised patches with the places they come from, ready for the encoder.
public struct PatchSequences {
  /// `[S, prefix + k, C · p · p]`; the patches of the tokens before them are zeros.
  public let patches: Tensor
  /// Rows of the encoder's table, `[S, prefix + k]` int64: those of the class token and registers first, then the patches'.
  public let tableRows: Tensor

  /// Sequences of chosen patches.
  ///
  /// - Parameters:
  ///   - bytes: all patches of all images as the loader has them, `[B · n, C · p · p]`.
  ///   - rows: which of `bytes` each sequence holds, `[S, k]` int64.
  ///   - positions: the places of those patches in the grid, `[S, k]` int64.
  ///   - prefixCount: the encoder's tokens before the patches.
  ///   - patchifier: normalises the patches.
  public init(bytes: Tensor, rows: Tensor, positions: Tensor, prefixCount: Int, patchifier: Patchifier) {
    let count = rows.shape[0]
    guard prefixCount > 0 else {
      let values = patchifier.normalized(bytes.indexSelect(0, rows.reshaped([-1])))
      self.init(patches: values.reshaped(rows.shape + [-1]), tableRows: positions)
      return
    }
    // Any patch stands in for the tokens before the patches until their places are cleared.
    let placeholder = Tensor.zeros([count, prefixCount], dtype: .int64, device: rows.device)
    let padded = Tensor.concatenate([placeholder, rows], along: 1)
    let values = patchifier.normalized(bytes.indexSelect(0, padded.reshaped([-1]))).reshaped(padded.shape + [-1])
    values.narrowed(1, start: 0, count: prefixCount).zeroInPlace()
    self.init(
      patches: values,
      tableRows: Tensor.concatenate(
        [Tensor.range(0, prefixCount, device: rows.device).expanded([count, prefixCount]), positions + prefixCount],
        along: 1))
  }

  /// Sequences of all patches of images, row by row.
  ///
  /// - Parameters:
  ///   - bytes: all patches of all images as the loader has them, `[B · n, C · p · p]`.
  ///   - prefixCount: the encoder's tokens before the patches.
  ///   - patchifier: normalises the patches.
  public init(wholeImages bytes: Tensor, prefixCount: Int, patchifier: Patchifier) {
    let (count, size) = (patchifier.grid.count, bytes.shape[1])
    var padded = bytes.reshaped([-1, count, size])
    let images = padded.shape[0]
    if prefixCount > 0 {
      // Padded while it is bytes: a quarter of the memory to copy.
      let prefix = Tensor.zeros([images, prefixCount, size], dtype: bytes.dtype, device: bytes.device)
      padded = Tensor.concatenate([prefix, padded], along: 1)
    }
    let values = patchifier.normalized(padded)
    if prefixCount > 0 { values.narrowed(1, start: 0, count: prefixCount).zeroInPlace() }
    let rows = Tensor.range(0, count + prefixCount, device: bytes.device)
    self.init(patches: values, tableRows: rows.expanded([images, count + prefixCount]))
  }

  /// Sequences of all patches of images, row by row.
  ///
  /// - Parameters:
  ///   - wholeImages: normalised pixels, `[B, n, C · p · p]`.
  ///   - prefixCount: the encoder's tokens before the patches.
  public init(wholeImages: Tensor, prefixCount: Int) {
    let sizes = wholeImages.shape
    let rows = Tensor.range(0, sizes[1] + prefixCount, device: wholeImages.device)
    let prefix = Tensor.zeros(
      [sizes[0], prefixCount, sizes[2]], dtype: wholeImages.dtype, device: wholeImages.device)
    self.init(
      patches: prefixCount > 0 ? Tensor.concatenate([prefix, wholeImages], along: 1) : wholeImages,
      tableRows: rows.expanded([sizes[0], sizes[1] + prefixCount]))
  }

  private init(patches: Tensor, tableRows: Tensor) {
    self.patches = patches
    self.tableRows = tableRows
  }
}
