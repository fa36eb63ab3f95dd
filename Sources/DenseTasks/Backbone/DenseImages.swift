public import ImageCoding
public import Torch
public import VisionModels

/// A batch of images of different sizes as patches, each image in the upper left corner of a frame that all share.
public struct DenseImages {
  /// Normalised pixels of all patches, `[B, n, C · p · p]`; exactly 0 outside an image.
  public let patches: Tensor
  /// The frame's grid of patches.
  public let grid: PatchGrid
  /// Side of a patch in pixels.
  public let patchSize: Int
  /// Every image's own size, without padding.
  public let sizes: [ImageSize]

  /// The frame's size in pixels.
  public var paddedSize: ImageSize { ImageSize(height: grid.rows * patchSize, width: grid.columns * patchSize) }

  /// Every image's size when it alone is padded; the frame may be larger for others' sake.
  package var ownPaddedSizes: [ImageSize] {
    let divisor = DenseImages.sideDivisor(patchSize: patchSize)
    func padded(_ side: Int) -> Int { (side + divisor - 1) / divisor * divisor }
    return sizes.map { ImageSize(height: padded($0.height), width: padded($0.width)) }
  }

  /// What the frame's sides are multiples of: the coarsest map of the feature pyramid halves the patches' grid once.
  public static func sideDivisor(patchSize: Int) -> Int { 2 * patchSize }

  /// Normalises a batch and clears what is outside its images.
  ///
  /// - Parameters:
  ///   - bytes: `[B, H, W, C]` as the loader has them, the sides multiples of ``sideDivisor(patchSize:)``; what lies outside an image does not
  ///     matter.
  ///   - sizes: every image's own size.
  ///   - patchSize: side of the encoder's patches in pixels.
  ///   - normalization: the mean and standard deviation of pixels.
  public init(bytes: Tensor, sizes: [ImageSize], patchSize: Int = 16, normalization: PixelNormalization = .imageNet) {
    let shape = bytes.shape
    let divisor = DenseImages.sideDivisor(patchSize: patchSize)
    precondition(
      shape.count == 4 && shape[1] % divisor == 0 && shape[2] % divisor == 0 && shape[0] == sizes.count,
      "\(sizes.count) images of \(shape): the sides must be multiples of \(divisor)")
    grid = PatchGrid(rows: shape[1] / patchSize, columns: shape[2] / patchSize)
    self.patchSize = patchSize
    self.sizes = sizes
    let grid = grid
    patches = noGrad {
      let values = Patchifier(
        grid: grid, patchSize: patchSize, normalization: normalization, device: bytes.device)(bytes)
      for (image, size) in sizes.enumerated() {
        DenseImages.clearOutside(
          values.selected(0, image), size: size, grid: grid, patchSize: patchSize, channels: normalization.channelCount)
      }
      return values
    }
  }

  /// Sets the pixels of an image's patches `[n, C · p · p]` below and to the right of it to zero.
  private static func clearOutside(_ patches: Tensor, size: ImageSize, grid: PatchGrid, patchSize: Int, channels: Int) {
    let side = patchSize
    // [rows, columns, channel, y, x], a view.
    let pixels = patches.reshaped([grid.rows, grid.columns, channels, side, side])
    for (axis, length, count) in [(0, size.height, grid.rows), (1, size.width, grid.columns)] {
      let whole = (length + side - 1) / side
      if whole < count { pixels.narrowed(axis, start: whole, count: count - whole).zeroInPlace() }
      let rest = length % side
      guard rest > 0 else { continue }
      pixels.narrowed(axis, start: whole - 1, count: 1).narrowed(axis + 3, start: rest, count: side - rest)
        .zeroInPlace()
    }
  }
}
