import CImageCodecs
import ImageCoding
import ImageData
import SplitMaskCore

/// Makes the frames of one image after the other, scaled bilinearly with antialiasing.
///
/// Never used by two threads.
final class FrameRenderer: SlotRenderer {
  private let source: any FrameSource
  private let seed: UInt64
  private let epoch: Int
  private let reader: ImageReader

  init(source: any FrameSource, pixels: PixelNormalization, seed: UInt64, epoch: Int, cache: DecodedImageCache?) {
    self.source = source
    self.seed = seed
    self.epoch = epoch
    reader = ImageReader(pixels: pixels, cache: cache)
  }

  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, slot: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws -> Frame? {
    let destination = blocks[0].baseAddress! + slot * source.pixelLimit * reader.pixels.bytesPerPixel
    return try render(image, of: dataset, buffer: buffer, into: destination)
  }

  private func render(
    _ index: Int, of dataset: ImageDataset, buffer: FileBuffer, into destination: UnsafeMutableRawPointer
  ) throws -> Frame {
    try reader.withImage(index, of: dataset, buffer: buffer) { image in
      let frame = try frame(of: index, width: image.width, height: image.height)
      switch image {
      case .encoded(let encoded, _):
        let box = frame.placement.view.neededBox(CIC_BILINEAR)
        let pixels = try encoded.decode(
          box, reduction: 1, pixelLimit: EncodedImage.defaultPixelLimit, into: reader.scratch)
        try finish(frame, of: pixels, into: destination)
      case .decoded(.photograph(let pixels)):
        try pixels.withPixels { try finish(frame, of: $0, into: destination) }
      case .decoded(.channels(let scaled)):
        let values = destination.assumingMemoryBound(to: Float.self)
        try frame.placement.view.render(
          scaled.pixels, filter: CIC_BILINEAR, isFlipped: frame.placement.isFlipped, into: values,
          scratch: reader.scratch)
        frame.distortion?.apply(
          to: UnsafeMutableBufferPointer(start: values, count: frame.pixelCount * reader.pixels.channelCount))
      }
      return frame
    }
  }

  private func frame(of image: Int, width: Int, height: Int) throws -> Frame {
    var generator = SeededGenerator(seed: seed, epoch: epoch, index: image, purpose: .augmentation)
    let frame = try source.frame(of: image, width: width, height: height, using: &generator)
    precondition(frame.width * frame.height <= source.pixelLimit, "a frame above its source's own limit")
    return frame
  }

  private func finish(_ frame: Frame, of decoded: cic_pixels, into destination: UnsafeMutableRawPointer) throws {
    let placement = frame.placement
    try placement.view.render(
      decoded, filter: CIC_BILINEAR, isFlipped: placement.isFlipped, into: destination, scratch: reader.scratch)
    frame.distortion?.apply(
      to: UnsafeMutableRawBufferPointer(start: destination, count: frame.pixelCount * reader.pixels.bytesPerPixel))
  }
}
