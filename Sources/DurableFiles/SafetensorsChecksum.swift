import Foundation

/// The checksum of a safetensors file that this program wrote, among the file's own strings.
///
/// Its value is JSON, as all values of our metadata are: eight hexadecimal digits in quotes, the CRC-32 of the whole file with
/// zeros in their place. Other programs read the file as they read any other.
enum SafetensorsChecksum {
  /// The key in the metadata.
  static let key = "splitmask_crc32"
  /// The value before the checksum is known.
  static let unknown = "\"" + String(decoding: zeros, as: UTF8.self) + "\""

  private static let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: 8)
  /// What comes before the digits in a header. Quotes within a JSON string are escaped, so it occurs nowhere else.
  private static let mark = Array("\"\(key)\":\"\\\"".utf8)

  /// Where the digits are; nil in a file without a checksum.
  ///
  /// - Parameter header: the beginning of a file, up to its tensors.
  static func place(in header: some RandomAccessCollection<UInt8>) -> Range<Int>? {
    let bytes = Data(header)
    guard let found = bytes.range(of: Data(mark)), found.upperBound + zeros.count <= bytes.count else { return nil }
    return found.upperBound..<found.upperBound + zeros.count
  }

  /// The digits of a checksum.
  static func digits(_ value: UInt32) -> Data {
    let text = String(value, radix: 16)
    return Data((String(repeating: "0", count: zeros.count - text.count) + text).utf8)
  }

  /// Whether a file's bytes add up to the digits at `place`.
  static func isRight(_ bytes: UnsafeRawBufferPointer, place: Range<Int>) -> Bool {
    var checksum = CRC32()
    checksum.update(UnsafeRawBufferPointer(rebasing: bytes[..<place.lowerBound]))
    zeros.withUnsafeBytes { checksum.update($0) }
    checksum.update(UnsafeRawBufferPointer(rebasing: bytes[place.upperBound...]))
    return digits(checksum.value) == Data(bytes[place])
  }
}
