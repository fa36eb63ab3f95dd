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
  private let cache: DecodedImageCache?
  private let scratch = RenderScratch()

  init(source: any FrameSource, seed: UInt64, epoch: Int, cache: DecodedImageCache?) {
    self.source = source
    self.seed = seed
    self.epoch = epoch
    self.cache = cache
  }

  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, slot: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws -> Frame? {
    try render(
      image, of: dataset, buffer: buffer, into: blocks[0].baseAddress! + slot * source.pixelLimit * 3)
  }

  private func render(
    _ image: Int, of dataset: ImageDataset, buffer: FileBuffer, into destination: UnsafeMutableRawPointer
  ) throws -> Frame {
    guard let cache else {
      return try dataset.withBytes(of: image, buffer: buffer) {
        try render(EncodedImage(bytes: $0), image, into: destination)
      }
    }
    let pixels = try cache.image(image, of: dataset) ?? decode(image, of: dataset, buffer: buffer, into: cache)
    let frame = try frame(of: image, width: pixels.width, height: pixels.height)
    try pixels.withPixels { try finish(frame, of: $0, into: destination) }
    return frame
  }

  private func decode(
    _ image: Int, of dataset: ImageDataset, buffer: FileBuffer, into cache: DecodedImageCache
  ) throws -> PixelImage {
    let pixels = try dataset.withBytes(of: image, buffer: buffer) {
      try EncodedImage(bytes: $0).decode(scratch: scratch)
    }
    cache.keep(pixels, image, of: dataset)
    return pixels
  }

  private func render(
    _ encoded: EncodedImage, _ image: Int, into destination: UnsafeMutableRawPointer
  ) throws -> Frame {
    let header = try encoded.header()
    let frame = try frame(of: image, width: header.width, height: header.height)
    let box = frame.placement.view.neededBox(CIC_BILINEAR)
    let pixels = try encoded.decode(box, reduction: 1, pixelLimit: EncodedImage.defaultPixelLimit, into: scratch)
    try finish(frame, of: pixels, into: destination)
    return frame
  }

  private func frame(of image: Int, width: Int, height: Int) throws -> Frame {
    var generator = SeededGenerator(seed: seed, epoch: epoch, index: image, purpose: .augmentation)
    let frame = try source.frame(of: image, width: width, height: height, using: &generator)
    precondition(frame.width * frame.height <= source.pixelLimit, "a frame above its source's own limit")
    return frame
  }

  private func finish(_ frame: Frame, of pixels: cic_pixels, into destination: UnsafeMutableRawPointer) throws {
    let placement = frame.placement
    try placement.view.render(
      pixels, filter: CIC_BILINEAR, isFlipped: placement.isFlipped, into: destination, scratch: scratch)
    frame.distortion?.apply(to: UnsafeMutableRawBufferPointer(start: destination, count: frame.byteCount))
  }
}
