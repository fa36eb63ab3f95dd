import CImageCodecs

extension EncodedImage {
  /// Decodes a label map: a PNG of one channel, grey or palette, whose values are at most 255 also where it has 16 bits.
  ///
  /// The values are those stored: no palette, gamma or colour profile is applied, and 1, 2 or 4 bits are not spread.
  ///
  /// - Throws: `ImageError`, also for a file with colour channels or a larger value, which is named.
  public func decodeLabels(pixelLimit: Int = defaultPixelLimit) throws -> LabelMap {
    var values: UnsafeMutablePointer<UInt8>?
    var width: Int32 = 0
    var height: Int32 = 0
    try call(pixelLimit) { cic_decode_labels($0, $1, Int64(pixelLimit), &values, &width, &height, $2) }
    defer { cic_free(values) }
    let count = Int(width) * Int(height)
    return LabelMap(
      width: Int(width), height: Int(height), values: Array(UnsafeBufferPointer(start: values, count: count)))
  }
}
