package import ImageCoding

/// A whole image as the loader keeps it between epochs.
package enum DecodedImage: Sendable {
  /// Bytes of red, green and blue.
  case photograph(PixelImage)
  /// Channels of 0 to 255.
  case channels(ScaledImage)

  /// Columns.
  var width: Int {
    switch self {
    case .photograph(let image): image.width
    case .channels(let image): image.pixels.width
    }
  }

  /// Rows.
  var height: Int {
    switch self {
    case .photograph(let image): image.height
    case .channels(let image): image.pixels.height
    }
  }

  /// Bytes of memory.
  var byteCount: Int {
    switch self {
    case .photograph(let image): image.pixels.count
    case .channels(let image):
      image.pixels.values.count * MemoryLayout<Float>.size + (image.missing?.count ?? 0)
    }
  }

  /// Decodes an image the way a network reads it.
  ///
  /// - Throws: `ImageError`, also for an image that is not of the format.
  package init(_ encoded: EncodedImage, as pixels: PixelNormalization, scratch: RenderScratch) throws {
    guard let format = pixels.format else {
      try pixels.check(encoded, header: try encoded.header())
      self = .photograph(try encoded.decode(scratch: scratch))
      return
    }
    try format.check(try encoded.sampleHeader())
    self = .channels(format.scaled(try encoded.decodeSamples(pages: format.pages), fill: pixels.fill))
  }

  /// As people see it.
  ///
  /// - Parameter pixels: which channels it has.
  package func picture(_ pixels: PixelNormalization) -> PixelImage {
    switch self {
    case .photograph(let image): image
    case .channels(let image):
      image.pixels.values.withUnsafeBytes {
        PixelImage(showing: $0, width: width, height: height, of: pixels)
      }
    }
  }
}
