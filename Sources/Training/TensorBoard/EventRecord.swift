package import Foundation

/// TensorFlow's record framing: a length, its checksum, the bytes, their checksum, all little-endian.
package enum EventRecord {
  /// `bytes` as one record.
  package static func frame(_ bytes: Data) -> Data {
    let length = littleEndian(UInt64(bytes.count))
    var record = length
    record += littleEndian(maskedChecksum(length))
    record += bytes
    record += littleEndian(maskedChecksum(bytes))
    return record
  }

  /// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
  package static func checksum(_ bytes: Data) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }

  /// Rotated and offset, as the format asks, because a checksum of data that hold checksums is weak.
  private static func maskedChecksum(_ bytes: Data) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> Data {
    withUnsafeBytes(of: value.littleEndian) { Data($0) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0x82F6_3B78 ^ (value >> 1) : value >> 1 }
  }
}
