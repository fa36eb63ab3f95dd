public import ImageCoding
public import Torch

/// Cuts images into patches and normalises their pixels, on the images' device.
///
/// A patch is a vector of channel, row, column, in that order, as a patch convolution's weight is laid out.
public final class Patchifier {
  /// The grid of patches.
  public let grid: PatchGrid
  private let patchSize: Int
  /// Of the images.
  package let channelCount: Int
  private let composite: [Int?]
  /// Factors and summands that take a value of 0 to 255 to its normalised value, `[C · p · p]`.
  private let scale: Tensor
  private let shift: Tensor

  /// Prepares the constants on a device.
  public init(grid: PatchGrid, patchSize: Int, normalization: PixelNormalization, device: Device) {
    self.grid = grid
    self.patchSize = patchSize
    channelCount = normalization.channelCount
    composite = normalization.composite
    let area = patchSize * patchSize
    func perValue(_ channels: [Double]) -> Tensor {
      Tensor(channels.flatMap { [Float](repeating: Float($0), count: area) }).to(device)
    }
    scale = perValue(normalization.standardDeviation.map { 1 / (255 * $0) })
    shift = perValue(zip(normalization.mean, normalization.standardDeviation).map { -$0 / $1 })
  }

  /// The patches of images as they come from the loader.
  ///
  /// - Parameter images: `[B, H, W, C]`, bytes or float32 of 0 to 255.
  /// - Returns: `[B · n, C · p · p]` of the same type, image by image and row by row.
  public func patches(_ images: Tensor) -> Tensor {
    let sizes = images.shape
    return
      images
      .reshaped([sizes[0], grid.rows, patchSize, grid.columns, patchSize, channelCount])
      .permuted([0, 1, 3, 5, 2, 4])
      .reshaped([sizes[0] * grid.count, channelCount * patchSize * patchSize])
  }

  /// The normalised patches of whole images, as ``VisionTransformer/callAsFunction(_:)`` takes them.
  ///
  /// - Parameter images: `[B, H, W, C]`, bytes or float32 of 0 to 255.
  /// - Returns: `[B, n, C · p · p]` float32.
  public func callAsFunction(_ images: Tensor) -> Tensor {
    normalized(patches(images)).reshaped([images.shape[0], grid.count, -1])
  }

  /// Normalised values of patches of 0 to 255, `[…, C · p · p]` float32.
  public func normalized(_ patches: Tensor) -> Tensor {
    // A conversion makes a copy; float32 has none to be made of.
    let values = patches.dtype == .float32 ? patches.cloned() : patches.to(.float32)
    values.multiplyInPlace(scale)
    values.addInPlace(shift)
    return values
  }

  /// Normalised values on the scale of 0 to 255 again, `[…, C · p · p]` float32: the inverse of ``normalized(_:)``.
  public func denormalized(_ values: Tensor) -> Tensor { (values - shift) / scale }

  /// Patches of 0 to 255 as people see them: bytes of red, green and blue, `[…, 3 · p · p]`. Of other channels than these
  /// three are shown (`PixelNormalization.composite`).
  public func colors(_ patches: Tensor) -> Tensor {
    let bytes = bytes(patches)
    guard composite != [0, 1, 2] || channelCount != 3 else { return bytes }
    return planes(composite, of: bytes)
  }

  /// One channel of patches of 0 to 255 as people see it: bytes of red, green and blue that are the same, `[…, 3 · p · p]`.
  package func grey(_ patches: Tensor, channel: Int) -> Tensor {
    planes([channel, channel, channel], of: bytes(patches))
  }

  private func bytes(_ patches: Tensor) -> Tensor {
    patches.dtype == .uint8 ? patches : (patches.clamped(0, 255) + 0.5).to(.uint8)
  }

  /// Some channels of patches, also of another size than the encoder's; of none there is black.
  private func planes(_ channels: [Int?], of bytes: Tensor) -> Tensor {
    let last = bytes.shape.count - 1
    let area = bytes.shape[last] / channelCount
    return Tensor.concatenate(
      channels.map { channel in
        let plane = bytes.narrowed(last, start: (channel ?? 0) * area, count: area)
        return channel == nil ? plane.zerosLike() : plane
      }, along: last)
  }
}
