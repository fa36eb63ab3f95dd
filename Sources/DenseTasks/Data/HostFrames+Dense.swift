public import ImageCoding
public import ImageLoading
public import Torch
import VisionModels

extension HostFrames {
  /// The images as patches on a device.
  ///
  /// - Parameters:
  ///   - device: the device to compute on.
  ///   - patchSize: side of the encoder's patches in pixels.
  ///   - normalization: the mean and standard deviation of pixels.
  ///   - least: the smallest sides that the frame of all may have.
  public func denseImages(
    on device: Device, patchSize: Int, normalization: PixelNormalization, atLeast least: Int = 0
  ) -> DenseImages {
    DenseImages(
      bytes: tensor(on: device, divisor: DenseImages.sideDivisor(patchSize: patchSize), atLeast: least),
      sizes: frames.map { ImageSize(height: $0.height, width: $0.width) }, patchSize: patchSize,
      normalization: normalization)
  }
}
