/// 128 bits that equal contents share and different ones almost never do; not for protection against intent.
///
/// Two lanes of multiply-and-rotate over eight bytes at a time: reading the file takes longer.
public struct ContentDigest: Hashable, Sendable, CustomStringConvertible {
  private let low: UInt64
  private let high: UInt64
  /// Bytes of the content.
  public let count: Int

  /// The digest of some content.
  public init(_ bytes: UnsafeRawBufferPointer) {
    var low: UInt64 = 0x9e37_79b9_7f4a_7c15
    var high: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    func mix(_ word: UInt64) {
      low = (low ^ word) &* 0xff51_afd7_ed55_8ccd
      low ^= low >> 29
      high = (high &+ word) &* 0xc4ce_b9fe_1a85_ec53
      high = high << 31 | high >> 33
    }
    let words = bytes.count / 8
    for index in 0..<words { mix(bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) }
    var rest: UInt64 = 0
    for byte in bytes[(words * 8)...] { rest = rest << 8 | UInt64(byte) }
    mix(rest)
    mix(UInt64(bytes.count))
    self.low = low
    self.high = high
    count = bytes.count
  }

  /// 32 hexadecimal digits.
  public var description: String {
    [high, low].map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
