public import Torch

/// Cuts images into patches and normalises their pixels, on the images' device.
///
/// A patch is a vector of channel, row, column, in that order, as a patch convolution's weight is laid out.
public final class Patchifier {
  /// The grid of patches.
  public let grid: PatchGrid
  private let patchSize: Int
  /// Factors and summands that take a byte to its normalised value, `[3 · p · p]`.
  private let scale: Tensor
  private let shift: Tensor

  /// Prepares the constants on a device.
  public init(grid: PatchGrid, patchSize: Int, normalization: PixelNormalization, device: Device) {
    self.grid = grid
    self.patchSize = patchSize
    let area = patchSize * patchSize
    func perValue(_ channels: [Double]) -> Tensor {
      Tensor(channels.flatMap { [Float](repeating: Float($0), count: area) }).to(device)
    }
    scale = perValue(normalization.standardDeviation.map { 1 / (255 * $0) })
    shift = perValue(zip(normalization.mean, normalization.standardDeviation).map { -$0 / $1 })
  }

  /// The patches of images as they come from the loader.
  ///
  /// - Parameter images: `[B, H, W, 3]` bytes.
  /// - Returns: `[B · n, 3 · p · p]` bytes, image by image and row by row.
  public func patches(_ images: Tensor) -> Tensor {
    let sizes = images.shape
    return
      images
      .reshaped([sizes[0], grid.rows, patchSize, grid.columns, patchSize, 3])
      .permuted([0, 1, 3, 5, 2, 4])
      .reshaped([sizes[0] * grid.count, 3 * patchSize * patchSize])
  }

  /// The normalised patches of whole images, as ``VisionTransformer/callAsFunction(_:)`` takes them.
  ///
  /// - Parameter images: `[B, H, W, 3]` bytes.
  /// - Returns: `[B, n, 3 · p · p]` float32.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    normalized(patches(images)).reshaped([images.shape[0], grid.count, -1])
  }

  /// Normalised values of bytes, `[…, 3 · p · p]` float32.
  public func normalized(_ patches: Tensor) -> Tensor {
    let values = patches.to(.float32)
    values.multiplyInPlace(scale)
    values.addInPlace(shift)
    return values
  }

  /// The bytes nearest to normalised values, `[…, 3 · p · p]`: the inverse of ``normalized(_:)``.
  public func bytes(_ values: Tensor) -> Tensor {
    (((values - shift) / scale).clamped(0, 255) + 0.5).to(.uint8)
  }
}
