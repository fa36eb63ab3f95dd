import ImageCoding
import ImageTransforms

extension DecodedImage {
  /// The whole image, no side longer than `side`; never enlarged.
  ///
  /// - Throws: `ImageError` when memory runs out.
  package func reduced(to side: Int) throws -> DecodedImage {
    let factor = Double(side) / Double(max(width, height))
    guard factor < 1 else { return self }
    let size = ViewConfiguration.Size(
      height: max(1, Int(Double(height) * factor)), width: max(1, Int(Double(width) * factor)))
    let renderer = ViewRenderer(views: ViewConfiguration(encoder: size))
    let whole = Augmentation.Draw(crop: CropBox(left: 0, top: 0, width: width, height: height))
    switch self {
    case .photograph(let image):
      var pixels = [UInt8](repeating: 0, count: size.width * size.height * 3)
      try pixels.withUnsafeMutableBytes { try renderer.render(image, as: .training(whole), into: [$0.baseAddress!]) }
      return .photograph(PixelImage(width: size.width, height: size.height, pixels: pixels))
    case .channels(let image):
      let count = image.pixels.channelCount
      var values = [Float](repeating: 0, count: size.width * size.height * count)
      try values.withUnsafeMutableBytes {
        try renderer.render(image.pixels, as: .training(whole), into: [$0.baseAddress!])
      }
      let pixels = SampleImage(width: size.width, height: size.height, channelCount: count, values: values)
      return .channels(ScaledImage(pixels: pixels))
    }
  }

  /// Each channel as a grey picture; none of a photograph.
  var channelPictures: [PixelImage] {
    guard case .channels(let image) = self else { return [] }
    let count = image.pixels.channelCount
    return (0..<count).map { channel in
      let bytes = stride(from: channel, to: image.pixels.values.count, by: count).flatMap {
        let byte = UInt8(min(max(image.pixels.values[$0], 0), 255) + 0.5)
        return [byte, byte, byte]
      }
      return PixelImage(width: width, height: height, pixels: bytes)
    }
  }
}
