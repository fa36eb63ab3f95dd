/// Makes the views of one image and writes them into their rows of a batch.
///
/// Never used by two threads.
final class SampleRenderer {
  private let views: ViewConfiguration
  private let transform: DataLoader.Transform
  private let seed: UInt64
  private let epoch: Int
  private let cache: DecodedImageCache?

  init(views: ViewConfiguration, transform: DataLoader.Transform, seed: UInt64, epoch: Int, cache: DecodedImageCache?) {
    self.views = views
    self.transform = transform
    self.seed = seed
    self.epoch = epoch
    self.cache = cache
  }

  /// - Throws: `ImageError` when the image cannot be read.
  func render(
    _ image: Int, of dataset: ImageDataset, buffer: FileBuffer, row: Int, blocks: [UnsafeMutableRawBufferPointer]
  ) throws {
    let pixels =
      try cache?.image(image, of: dataset)
      ?? dataset.withBytes(of: image, buffer: buffer) {
        try EncodedImage(bytes: $0, name: dataset.name(of: image)).decode()
      }
    cache?.keep(pixels, image, of: dataset)
    var generator = SeededGenerator(seed: seed, epoch: epoch, index: image, purpose: .augmentation)
    let shift = transform.isTraining ? UInt8.random(in: 0...255, using: &generator) : 0
    for (size, block) in zip(views.sizes, blocks) {
      let bytes = size.height * size.width * 3
      for i in 0..<bytes { block[row * bytes + i] = pixels.pixels[i % pixels.pixels.count] &+ shift }
    }
  }
}
