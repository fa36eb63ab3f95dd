import CImageCodecs
public import Foundation

/// Writes images into file formats.
public enum ImageEncoder {
  /// PNG, 8-bit RGB, without metadata: the same pixels give the same bytes.
  /// - Throws: `ImageError` when memory runs out.
  public static func png(_ image: PixelImage) throws -> Data {
    try encode { cic_encode_png(image.pixels, Int32(image.width), Int32(image.height), 3, $0, $1, $2) }
  }

  /// PNG, 8-bit grey, for label maps: `values` is `[height, width]`.
  /// - Throws: `ImageError` when memory runs out.
  public static func png(grey values: [UInt8], width: Int, height: Int) throws -> Data {
    precondition(width > 0 && height > 0 && values.count == width * height, "values must be [height, width]")
    return try encode { cic_encode_png(values, Int32(width), Int32(height), 1, $0, $1, $2) }
  }

  /// JPEG of quality 1 to 100; chroma at half resolution below 90.
  /// - Throws: `ImageError` when a side is longer than the format's 65,500 pixels, or memory runs out.
  public static func jpeg(_ image: PixelImage, quality: Int = 90) throws -> Data {
    precondition((1...100).contains(quality), "a JPEG's quality is 1 to 100")
    return try encode {
      cic_encode_jpeg(image.pixels, Int32(image.width), Int32(image.height), Int32(quality), $0, $1, $2)
    }
  }

  /// TIFF, interleaved and compressed without loss. One or two channels begin with grey, more with red, green and blue; to
  /// the others the file gives no meaning.
  ///
  /// - Parameters:
  ///   - image: the values; for whole numbers they are rounded and clipped, and NaN is 0.
  ///   - type: how they are stored, `uint8`, `uint16` or `float32`.
  /// - Returns: the file's bytes.
  /// - Throws: `ImageError` when memory runs out, or for another type.
  public static func tiff(_ image: SampleImage, type: SampleType) throws -> Data {
    switch type {
    case .uint8: return try tiff(image, image.values.map { UInt8(clipped($0, type)) }, CIC_UINT8)
    case .uint16: return try tiff(image, image.values.map { UInt16(clipped($0, type)) }, CIC_UINT16)
    case .float32: return try tiff(image, image.values, CIC_FLOAT32)
    default: throw ImageError.unsupported("TIFF is written of uint8, uint16 and float32, not of \(type.rawValue)")
    }
  }

  private static func tiff(
    _ image: SampleImage, _ samples: [some BitwiseCopyable], _ type: cic_sample_type
  ) throws -> Data {
    try samples.withUnsafeBytes { samples in
      try encode {
        cic_encode_tiff(
          samples.baseAddress, type, Int32(image.width), Int32(image.height), Int32(image.channelCount), $0, $1, $2)
      }
    }
  }

  private static func clipped(_ value: Float, _ type: SampleType) -> Float {
    value.isNaN ? 0 : min(max(value, Float(type.range.lowerBound)), Float(type.range.upperBound)).rounded()
  }

  private static func encode(
    _ body: (
      UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>, UnsafeMutablePointer<CChar>
    ) -> cic_status
  ) throws -> Data {
    var encoded: UnsafeMutablePointer<UInt8>?
    var count = 0
    var reason = [CChar](repeating: 0, count: CIC_REASON_SIZE)
    let status = body(&encoded, &count, &reason)
    defer { cic_free(encoded) }
    guard status == CIC_OK, let encoded else {
      let text = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw ImageError.unreadable("cannot be encoded: \(text)")
    }
    return Data(bytes: encoded, count: count)
  }
}
