import ImageCoding
import ImageData
import ImageTransforms
import SplitMaskCore

/// Makes the views of one image and writes them into their rows of a batch.
///
/// Never used by two threads.
final class SampleRenderer: SlotRenderer {
  private let views: ViewConfiguration
  private let transform: DataLoader.Transform
  private let seed: UInt64
  private let epoch: Int
  private let cache: DecodedImageCache?
  private let renderer: ViewRenderer
  private let scratch = RenderScratch()

  init(views: ViewConfiguration, transform: DataLoader.Transform, seed: UInt64, epoch: Int, cache: DecodedImageCache?) {
    self.views = views
    self.transform = transform
    self.seed = seed
    self.epoch = epoch
    self.cache = cache
    renderer = ViewRenderer(views: views, channelMeans: views.pixels.format == nil ? [] : views.pixels.fill)
  }

  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, slot: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws -> Frame? {
    try render(
      image, copy: copy, of: dataset, buffer: buffer,
      into: zip(views.sizes, blocks).map { $1.baseAddress! + slot * views.byteCount($0) })
    return nil
  }

  private func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    // Of a photograph only what is shown may be decoded, where nothing is kept.
    guard cache != nil || views.pixels.format != nil else {
      return try dataset.withBytes(of: image, buffer: buffer) {
        try renderPart(EncodedImage(bytes: $0), image, copy: copy, into: destinations)
      }
    }
    func decode(_ pixels: PixelNormalization) throws -> DecodedImage {
      try dataset.withBytes(of: image, buffer: buffer) {
        try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: scratch)
      }
    }
    let decoded = try cache.map { try $0.image(image, of: dataset, decode: decode) } ?? decode(views.pixels)
    let transform = viewTransform(of: image, copy: copy, decoded)
    switch decoded {
    case .photograph(let pixels): try renderer.render(pixels, as: transform, into: destinations)
    case .channels(let scaled): try renderer.render(scaled.pixels, as: transform, into: destinations)
    }
  }

  private func renderPart(
    _ encoded: EncodedImage, _ image: Int, copy: Int, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    let header = try encoded.header()
    try views.pixels.check(encoded, header: header)
    var generator = generator(of: image, copy: copy)
    let transform = viewTransform(using: &generator, width: header.width, height: header.height)
    try renderer.render(encoded, as: transform, into: destinations)
  }

  private func generator(of image: Int, copy: Int) -> SeededGenerator {
    // An image's number fits 32 bits, so the copy's above it makes a number of their own; the first copy's is plain.
    SeededGenerator(seed: seed, epoch: epoch, index: image | copy << 32, purpose: .augmentation)
  }

  /// A crop of which most was not measured is drawn again, as often as it may.
  private func viewTransform(of image: Int, copy: Int, _ decoded: DecodedImage) -> ViewTransform {
    var generator = generator(of: image, copy: copy)
    var transform = viewTransform(using: &generator, width: decoded.width, height: decoded.height)
    guard case .channels(let scaled) = decoded, scaled.missing != nil else { return transform }
    for _ in 1..<Self.crops where transform.crops.contains(where: { scaled.missingShare(in: $0) > 0.5 }) {
      transform = viewTransform(using: &generator, width: decoded.width, height: decoded.height)
    }
    return transform
  }

  /// How often a crop is drawn until half of it was measured.
  private static let crops = 10

  private func viewTransform(using generator: inout SeededGenerator, width: Int, height: Int) -> ViewTransform {
    switch transform {
    case .training(let config):
      return .training(
        Augmentation(config).draw(
          using: &generator, width: width, height: height, channelCount: views.pixels.channelCount))
    case .multiCrop(let crops):
      return .crops(
        crops.draws(
          using: &generator, width: width, height: height, channelCount: views.pixels.channelCount))
    case .evaluation(let resize, let crop):
      return .evaluation(resize: resize, crop: crop)
    }
  }
}
