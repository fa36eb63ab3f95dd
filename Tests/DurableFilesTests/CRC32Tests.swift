import DurableFiles
import Testing

@Suite struct CRC32Tests {
  /// Bit by bit, from the definition.
  private func slowly(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { register, byte in
      (0..<8).reduce(register ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 0 ? 0 : 0xEDB8_8320) }
    }
  }

  /// The check value that catalogues of checksums give for CRC-32.
  @Test func theCatalogueAgrees() {
    #expect(Array("123456789".utf8).withUnsafeBytes { CRC32($0).value } == 0xCBF4_3926)
    #expect(CRC32().value == 0)
  }

  @Test func everyLengthAndEverySplitAgrees() {
    let bytes = (0..<70).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ $0 / 3) }
    for length in 0...bytes.count {
      let expected = slowly(Array(bytes.prefix(length)))
      #expect(Array(bytes.prefix(length)).withUnsafeBytes { CRC32($0).value } == expected, "\(length)")
      var inParts = CRC32()
      for part in [Array(bytes.prefix(length).prefix(17)), Array(bytes.prefix(length).dropFirst(17))] {
        part.withUnsafeBytes { inParts.update($0) }
      }
      #expect(inParts.value == expected, "\(length)")
    }
  }
}
