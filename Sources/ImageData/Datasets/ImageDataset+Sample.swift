package import ImageCoding

extension ImageDataset {
  /// How many images are looked at to judge all.
  private static let sampleCount = 64

  /// The headers of a few images, evenly over the data set; of those that can be read.
  package func sampledHeaders() -> [ImageHeader] {
    let buffer = FileBuffer()
    let step = max(count / Self.sampleCount, 1)
    return stride(from: 0, to: count, by: step).compactMap { index in
      try? withBytes(of: index, buffer: buffer) { try EncodedImage(bytes: $0).header() }
    }
  }

  /// The shorter side, in pixels, of an image in the middle of a sample; 224 where none can be read.
  public var typicalShortSide: Int {
    let sides = sampledHeaders().map { min($0.width, $0.height) }.sorted()
    return sides.isEmpty ? 224 : sides[sides.count / 2]
  }
}
