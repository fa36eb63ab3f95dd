package import CImageCodecs
public import Foundation

/// The bytes of an image file.
///
/// Whatever the file holds (grey, transparency, CMYK, a palette, 16 bits, an EXIF orientation), decoding gives upright
/// 8-bit RGB: transparent pixels lie on the mean colour (124, 116, 104), deeper samples are scaled and not clipped.
public struct EncodedImage {
  /// The most pixels an image may have unless the caller says otherwise: 2^28.
  public static let defaultPixelLimit = 1 << 28

  private enum Storage {
    case borrowed(UnsafeRawBufferPointer)
    case owned(Data)
  }

  private let storage: Storage

  /// Bytes which the caller keeps alive as long as the image is used.
  public init(bytes: UnsafeRawBufferPointer) {
    storage = .borrowed(bytes)
  }

  /// Bytes which the image keeps alive.
  public init(_ data: Data) {
    storage = .owned(data)
  }

  /// Reads the header.
  /// - Throws: `ImageError`.
  public func header(pixelLimit: Int = defaultPixelLimit) throws -> ImageHeader {
    var header = cic_header()
    try call(pixelLimit) { cic_read_header($0, $1, &header, $2) }
    guard Int(header.width) * Int(header.height) <= pixelLimit else { throw ImageError.tooLarge(pixelLimit) }
    return ImageHeader(header)
  }

  /// Decodes the whole image.
  /// - Throws: `ImageError`.
  public func decode(pixelLimit: Int = defaultPixelLimit, scratch: RenderScratch = RenderScratch()) throws -> PixelImage
  {
    let header = try header(pixelLimit: pixelLimit)
    let box = CropBox(left: 0, top: 0, width: header.width, height: header.height)
    return try decode(box, pixelLimit: pixelLimit, scratch: scratch)
  }

  /// Decodes a rectangle of the upright image, the same pixels as decoding the whole gives.
  /// - Throws: `ImageError`.
  public func decode(
    _ box: CropBox, pixelLimit: Int = defaultPixelLimit, scratch: RenderScratch = RenderScratch()
  ) throws -> PixelImage {
    let decoded = try decode(box, reduction: 1, pixelLimit: pixelLimit, into: scratch)
    let rowBytes = box.width * 3
    let pixels = withExtendedLifetime(scratch) {
      [UInt8](unsafeUninitializedCapacity: box.height * rowBytes) { buffer, count in
        let first = decoded.pixels! + (box.top - Int(decoded.y)) * decoded.stride + (box.left - Int(decoded.x)) * 3
        for row in 0..<box.height {
          memcpy(buffer.baseAddress! + row * rowBytes, first + row * decoded.stride, rowBytes)
        }
        count = box.height * rowBytes
      }
    }
    return PixelImage(width: box.width, height: box.height, pixels: pixels)
  }

  /// Decodes at least the box into the scratch memory, a JPEG at 1/`reduction` (1, 2, 4, 8) of its size.
  package func decode(_ box: CropBox, reduction: Int, pixelLimit: Int, into scratch: RenderScratch) throws -> cic_pixels
  {
    var pixels = cic_pixels()
    let region = cic_box(x: Int32(box.left), y: Int32(box.top), width: Int32(box.width), height: Int32(box.height))
    try call(pixelLimit) {
      cic_decode(scratch.handle, $0, $1, region, Int32(reduction), Int64(pixelLimit), &pixels, $2)
    }
    return pixels
  }

  func call(
    _ pixelLimit: Int, _ body: (UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<CChar>) -> cic_status
  ) throws {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: CIC_REASON_SIZE) { reason in
      reason.initialize(repeating: 0)
      let status = withBytes { body($0.bindMemory(to: UInt8.self).baseAddress, $0.count, reason.baseAddress!) }
      guard status == CIC_OK else {
        throw ImageError(status, reason: String(cString: reason.baseAddress!), pixelLimit: pixelLimit)
      }
    }
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch storage {
    case .borrowed(let bytes): try body(bytes)
    case .owned(let data): try data.withUnsafeBytes(body)
    }
  }
}
