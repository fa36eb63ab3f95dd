import CImageCodecs
import ImageCoding
import ImageData
import SplitMaskCore

/// Makes the frames of one image after the other, scaled bilinearly with antialiasing.
///
/// Never used by two threads.
final class FrameRenderer: SlotRenderer {
  private let source: any FrameSource
  private let pixels: PixelNormalization
  private let seed: UInt64
  private let epoch: Int
  private let cache: DecodedImageCache?
  private let scratch = RenderScratch()

  init(source: any FrameSource, pixels: PixelNormalization, seed: UInt64, epoch: Int, cache: DecodedImageCache?) {
    self.source = source
    self.pixels = pixels
    self.seed = seed
    self.epoch = epoch
    self.cache = cache
  }

  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, slot: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws -> Frame? {
    let destination = blocks[0].baseAddress! + slot * source.pixelLimit * pixels.bytesPerPixel
    return try render(image, of: dataset, buffer: buffer, into: destination)
  }

  private func render(
    _ image: Int, of dataset: ImageDataset, buffer: FileBuffer, into destination: UnsafeMutableRawPointer
  ) throws -> Frame {
    // Of a photograph only what is shown may be decoded, where nothing is kept.
    guard cache != nil || pixels.format != nil else {
      return try dataset.withBytes(of: image, buffer: buffer) {
        try renderPart(EncodedImage(bytes: $0), image, into: destination)
      }
    }
    func decode(_ pixels: PixelNormalization) throws -> DecodedImage {
      try dataset.withBytes(of: image, buffer: buffer) {
        try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: scratch)
      }
    }
    let decoded = try cache.map { try $0.image(image, of: dataset, decode: decode) } ?? decode(pixels)
    let frame = try frame(of: image, width: decoded.width, height: decoded.height)
    switch decoded {
    case .photograph(let image): try image.withPixels { try finish(frame, of: $0, into: destination) }
    case .channels(let scaled):
      try frame.placement.view.render(
        scaled.pixels, filter: CIC_BILINEAR, isFlipped: frame.placement.isFlipped,
        into: destination.assumingMemoryBound(to: Float.self), scratch: scratch)
    }
    return frame
  }

  private func renderPart(
    _ encoded: EncodedImage, _ image: Int, into destination: UnsafeMutableRawPointer
  ) throws -> Frame {
    let header = try encoded.header()
    try pixels.check(encoded, header: header)
    let frame = try frame(of: image, width: header.width, height: header.height)
    let box = frame.placement.view.neededBox(CIC_BILINEAR)
    let decoded = try encoded.decode(box, reduction: 1, pixelLimit: EncodedImage.defaultPixelLimit, into: scratch)
    try finish(frame, of: decoded, into: destination)
    return frame
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
      decoded, filter: CIC_BILINEAR, isFlipped: placement.isFlipped, into: destination, scratch: scratch)
    frame.distortion?.apply(
      to: UnsafeMutableRawBufferPointer(start: destination, count: frame.pixelCount * pixels.bytesPerPixel))
  }
}
