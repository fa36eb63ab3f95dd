/// CRC-32 as zip, PNG and zlib compute it (ISO 3309), sixteen bytes at a time.
package struct CRC32: Sendable {
  private var register = UInt32.max

  /// Of no bytes yet.
  package init() {}

  /// The checksum of `bytes`.
  package init(_ bytes: UnsafeRawBufferPointer) {
    update(bytes)
  }

  /// The checksum of the bytes so far.
  package var value: UInt32 { ~register }

  /// Adds bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    register = Self.tables.withUnsafeBufferPointer { Self.updated(register, bytes, $0) }
  }

  /// Table k has what a byte does to the register when k zero bytes follow it; 256 entries each.
  private static let tables: [UInt32] = {
    var result = [UInt32](repeating: 0, count: 16 * 256)
    for byte in 0..<256 {
      result[byte] = (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
    for entry in 256..<result.count {
      let shorter = result[entry - 256]
      result[entry] = shorter >> 8 ^ result[Int(shorter & 0xFF)]
    }
    return result
  }()

  private static func updated(
    _ start: UInt32, _ bytes: UnsafeRawBufferPointer, _ tables: UnsafeBufferPointer<UInt32>
  ) -> UInt32 {
    var register = start
    var place = 0
    while place + 16 <= bytes.count {
      var next: UInt32 = 0
      for word in 0..<4 {
        var value = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: place + 4 * word, as: UInt32.self))
        if word == 0 { value ^= register }
        let table = 256 * (12 - 4 * word)
        next ^=
          tables[table + 768 + Int(value & 0xFF)] ^ tables[table + 512 + Int(value >> 8 & 0xFF)]
          ^ tables[table + 256 + Int(value >> 16 & 0xFF)] ^ tables[table + Int(value >> 24)]
      }
      register = next
      place += 16
    }
    while place < bytes.count {
      register = register >> 8 ^ tables[Int((register ^ UInt32(bytes[place])) & 0xFF)]
      place += 1
    }
    return register
  }
}
