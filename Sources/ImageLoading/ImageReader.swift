import ImageCoding
import ImageData

/// Reads the images of a data set one after the other as a loader wants them: of a photograph that is not kept the file
/// alone, so that only what is shown need be decoded; any other image whole.
///
/// Never used by two threads.
struct ImageReader {
  /// What is read.
  enum Image {
    /// A photograph that is not decoded yet, valid inside the reader's call only.
    case encoded(EncodedImage, ImageHeader)
    /// All pixels.
    case decoded(DecodedImage)

    /// Columns.
    var width: Int {
      switch self {
      case .encoded(_, let header): header.width
      case .decoded(let image): image.width
      }
    }

    /// Rows.
    var height: Int {
      switch self {
      case .encoded(_, let header): header.height
      case .decoded(let image): image.height
      }
    }

    /// The share of a rectangle's pixels that lack a measurement.
    func missingShare(in box: CropBox) -> Double {
      guard case .decoded(.channels(let image)) = self else { return 0 }
      return image.missingShare(in: box)
    }
  }

  /// What of the images is read.
  let pixels: PixelNormalization
  /// Where decoded images are kept; nil keeps none.
  let cache: DecodedImageCache?
  /// Memory for decoding.
  let scratch = RenderScratch()

  /// Calls `body` with an image.
  ///
  /// - Throws: `ImageError`; what `body` throws.
  func withImage<Result>(
    _ index: Int, of dataset: ImageDataset, buffer: FileBuffer, _ body: (Image) throws -> Result
  ) throws -> Result {
    guard cache != nil || pixels.format != nil else {
      return try dataset.withBytes(of: index, buffer: buffer) { bytes in
        let encoded = EncodedImage(bytes: bytes)
        let header = try encoded.header()
        try pixels.check(encoded, header: header)
        return try body(.encoded(encoded, header))
      }
    }
    func decode(_ pixels: PixelNormalization) throws -> DecodedImage {
      try dataset.withBytes(of: index, buffer: buffer) {
        try DecodedImage(EncodedImage(bytes: $0), as: pixels, scratch: scratch)
      }
    }
    return try body(.decoded(try cache.map { try $0.image(index, of: dataset, decode: decode) } ?? decode(pixels)))
  }
}
