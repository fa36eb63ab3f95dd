/// Makes the views of one image and writes them into their rows of a batch.
///
/// Never used by two threads.
final class SampleRenderer {
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

  /// - Parameter copy: which of the image's repetitions in this epoch it is; each has a draw of its own.
  /// - Throws: `ImageError` when the image cannot be read.
  func render(
    _ image: Int, copy: Int, of dataset: ImageDataset, buffer: FileBuffer, row: Int,
    blocks: [UnsafeMutableRawBufferPointer]
  ) throws {
    let destinations = zip(views.sizes, blocks).map { $1.baseAddress! + row * $0.byteCount }
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
    switch transform {
    case .training(let config):
      // An image's number fits 32 bits, so the copy's above it makes a number of their own; the first copy's is plain.
      let index = image | copy << 32
      var generator = SeededGenerator(seed: seed, epoch: epoch, index: index, purpose: .augmentation)
      return .training(Augmentation(config).draw(using: &generator, width: width, height: height))
    case .evaluation(let resize, let crop):
      return .evaluation(resize: resize, crop: crop)
    }
  }
}
