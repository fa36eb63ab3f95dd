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
    renderer = ViewRenderer(views: views)
  }

  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, slot: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws -> Frame? {
    try render(
      image, copy: copy, of: dataset, buffer: buffer,
      into: zip(views.sizes, blocks).map { $1.baseAddress! + slot * $0.byteCount })
    return nil
  }

  private func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, into destinations: [UnsafeMutableRawPointer]
  ) throws {
    if let pixels = cache?.image(image, of: dataset) {
      let transform = viewTransform(of: image, copy: copy, width: pixels.width, height: pixels.height)
      return try renderer.render(pixels, as: transform, into: destinations)
    }
    guard let cache else {
      return try dataset.withBytes(of: image, buffer: buffer) {
        let encoded = EncodedImage(bytes: $0)
        let header = try encoded.header()
        let transform = viewTransform(of: image, copy: copy, width: header.width, height: header.height)
        try renderer.render(encoded, as: transform, into: destinations)
      }
    }
    let pixels = try dataset.withBytes(of: image, buffer: buffer) {
      try EncodedImage(bytes: $0).decode(scratch: scratch)
    }
    cache.keep(pixels, image, of: dataset)
    let transform = viewTransform(of: image, copy: copy, width: pixels.width, height: pixels.height)
    try renderer.render(pixels, as: transform, into: destinations)
  }

  private func viewTransform(of image: Int, copy: Int, width: Int, height: Int) -> ViewTransform {
    // An image's number fits 32 bits, so the copy's above it makes a number of their own; the first copy's is plain.
    let index = image | copy << 32
    var generator = SeededGenerator(seed: seed, epoch: epoch, index: index, purpose: .augmentation)
    switch transform {
    case .training(let config):
      return .training(Augmentation(config).draw(using: &generator, width: width, height: height))
    case .multiCrop(let crops):
      return .crops(crops.draws(using: &generator, width: width, height: height))
    case .evaluation(let resize, let crop):
      return .evaluation(resize: resize, crop: crop)
    }
  }
}
