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

  /// What a TIFF file says of its channels.
  public struct ChannelMeaning: Hashable, Sendable {
    /// Their names, as GDAL writes them; none leaves it open what they are.
    public var names: [String]
    /// Whether the last one is opacity.
    public var lastIsOpacity: Bool
    /// The stored value that stands for no measurement, as GDAL writes it.
    public var nodata: Double?
    /// Whether the first three are red, green and blue.
    public var areColours: Bool

    /// Nothing but colours by default.
    public init(
      names: [String] = [], lastIsOpacity: Bool = false, nodata: Double? = nil, areColours: Bool = true
    ) {
      (self.names, self.lastIsOpacity, self.nodata, self.areColours) = (names, lastIsOpacity, nodata, areColours)
    }
  }

  /// TIFF, interleaved and compressed without loss. One or two channels begin with grey, more with red, green and blue
  /// unless they are no colours; to the others the file gives no meaning but what is said.
  ///
  /// - Parameters:
  ///   - image: the values; for whole numbers they are rounded and clipped, and NaN is 0.
  ///   - type: how they are stored; not `float64`.
  ///   - meaning: what the file says of the channels.
  /// - Returns: the file's bytes.
  /// - Throws: `ImageError` when memory runs out, or for another type.
  public static func tiff(
    _ image: SampleImage, type: SampleType, meaning: ChannelMeaning = ChannelMeaning()
  ) throws -> Data {
    let data =
      switch type {
      case .uint8: try tiff(image, integers(image, type, UInt8.self), CIC_UINT8)
      case .int8: try tiff(image, integers(image, type, Int8.self), CIC_INT8)
      case .uint16: try tiff(image, integers(image, type, UInt16.self), CIC_UINT16)
      case .int16: try tiff(image, integers(image, type, Int16.self), CIC_INT16)
      case .uint32: try tiff(image, integers(image, type, UInt32.self), CIC_UINT32)
      case .int32: try tiff(image, integers(image, type, Int32.self), CIC_INT32)
      case .float32: try tiff(image, image.values, CIC_FLOAT32)
      case .float64: throw ImageError.unsupported("TIFF is not written of float64")
      }
    let values = meaning.tiffValues(channelCount: image.channelCount)
    return values.isEmpty ? data : try TIFFWriter.adding(values, to: data)
  }

  private static func integers<Sample: FixedWidthInteger>(
    _ image: SampleImage, _ type: SampleType, _ sample: Sample.Type
  ) -> [Sample] {
    // The greatest integers of 32 bits are rounded up to floats beyond the type.
    image.values.map { Sample(exactly: clipped($0, type)) ?? .max }
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
