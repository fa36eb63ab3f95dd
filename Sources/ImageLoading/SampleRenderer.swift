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
  private let reader: ImageReader
  private let renderer: ViewRenderer

  init(views: ViewConfiguration, transform: DataLoader.Transform, seed: UInt64, epoch: Int, cache: DecodedImageCache?) {
    self.views = views
    self.transform = transform
    self.seed = seed
    self.epoch = epoch
    reader = ImageReader(pixels: views.pixels, cache: cache)
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
    _ index: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    try reader.withImage(index, of: dataset, buffer: buffer) { image in
      let transform = viewTransform(of: index, copy: copy, image)
      switch image {
      case .encoded(let encoded, _): try renderer.render(encoded, as: transform, into: destinations)
      case .decoded(.photograph(let pixels)): try renderer.render(pixels, as: transform, into: destinations)
      case .decoded(.channels(let scaled)): try renderer.render(scaled.pixels, as: transform, into: destinations)
      }
    }
  }

  /// A crop of which most was not measured is drawn again, as often as it may.
  private func viewTransform(of index: Int, copy: Int, _ image: ImageReader.Image) -> ViewTransform {
    // An image's number fits 32 bits, so the copy's above it makes a number of their own; the first copy's is plain.
    var generator = SeededGenerator(seed: seed, epoch: epoch, index: index | copy << 32, purpose: .augmentation)
    var transform = viewTransform(using: &generator, width: image.width, height: image.height)
    for _ in 1..<Self.crops where transform.crops.contains(where: { image.missingShare(in: $0) > 0.5 }) {
      transform = viewTransform(using: &generator, width: image.width, height: image.height)
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
