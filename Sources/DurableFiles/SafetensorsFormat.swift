/// The constants of the safetensors format, https://github.com/huggingface/safetensors, as of its release 0.8.
enum SafetensorsFormat {
  /// The reference implementation's limit on the header, in bytes.
  static let headerLimit = 100_000_000
  /// The header's key for the file's own strings.
  static let metadataKey = "__metadata__"

  /// The element types and their bits.
  static let bitWidths: [String: Int] = [
    "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8,
    "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "C64": 64, "F64": 64, "I64": 64, "U64": 64,
  ]

  /// The bytes of a tensor, or nil when they are negative, not whole bytes, or too many to count. For the last an empty
  /// dimension has length 1: strides are products of the other lengths and must not overflow either.
  static func byteCount(shape: [Int], bitWidth: Int) -> Int? {
    var bits = bitWidth
    for length in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: max(length, 1))
      if length < 0 || overflow { return nil }
      bits = product
    }
    if shape.contains(0) { return 0 }
    return bits % 8 == 0 ? bits / 8 : nil
  }
}
