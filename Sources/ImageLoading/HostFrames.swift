import Foundation
public import ImageCoding

/// The images of a batch, each of its own size: bytes of red, green and blue or float32 channels of 0 to 255, row by row.
///
/// Its memory goes back to the loader when the last reference to it is gone.
///
/// `@unchecked` because of the raw memory: workers have finished writing to it before a consumer sees it.
public final class HostFrames: @unchecked Sendable {
  /// What each image shows, and what is known of it.
  public let frames: [Frame]

  /// Which channels they have, and on which scale.
  public let pixels: PixelNormalization

  private let slotByteCount: Int
  private let buffer: PooledBuffer

  init(_ frames: [Frame], pixels: PixelNormalization, slotByteCount: Int, buffer: PooledBuffer) {
    self.frames = frames
    self.pixels = pixels
    self.slotByteCount = slotByteCount
    self.buffer = buffer
  }

  /// The first images, in the same memory.
  func first(_ count: Int) -> HostFrames {
    HostFrames(Array(frames.prefix(count)), pixels: pixels, slotByteCount: slotByteCount, buffer: buffer)
  }

  /// Each image as people see it.
  public func images() -> [PixelImage] {
    frames.enumerated().map { index, frame in
      let start = index * slotByteCount
      let bytes = UnsafeRawBufferPointer(
        rebasing: buffer.bytes[start..<start + frame.pixelCount * pixels.bytesPerPixel])
      return PixelImage(showing: bytes, width: frame.width, height: frame.height, of: pixels)
    }
  }

  /// The sides of the smallest frame that holds every image and whose sides are multiples of `divisor` and no less than
  /// `least`.
  public func paddedSize(divisor: Int, atLeast least: Int = 0) -> (height: Int, width: Int) {
    func padded(_ sides: [Int]) -> Int { (max(sides.max() ?? 0, least) + divisor - 1) / divisor * divisor }
    return (padded(frames.map(\.height)), padded(frames.map(\.width)))
  }

  /// Writes `[B, height, width, C]`, each image in the upper left corner; what lies outside is left as it is.
  public func copy(into destination: UnsafeMutableRawBufferPointer, height: Int, width: Int) {
    let size = pixels.bytesPerPixel
    for (image, frame) in frames.enumerated() {
      precondition(frame.height <= height && frame.width <= width, "a frame larger than its padding")
      let source = buffer.bytes.baseAddress! + image * slotByteCount
      let target = destination.baseAddress! + image * height * width * size
      for row in 0..<frame.height {
        memcpy(target + row * width * size, source + row * frame.width * size, frame.width * size)
      }
    }
  }
}
