import Foundation

/// MD5 (RFC 1321): checks archives whose makers publish it.
struct MD5: BlockDigest {
  static let isLittleEndian = true
  private(set) var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]

  private static let shifts: [UInt32] = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]
  /// The first 32 bits of the sines of 1 to 64.
  private static let constants: [UInt32] = (1...64).map { UInt32(abs(sin(Double($0))) * 0x1p32) }

  mutating func add(block: UnsafeRawBufferPointer) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    MD5.constants.withUnsafeBufferPointer { constants in
      MD5.shifts.withUnsafeBufferPointer { shifts in
        for step in 0..<64 {
          let mixed: UInt32
          let word: Int
          switch step >> 4 {
          case 0: (mixed, word) = ((b & c) | (~b & d), step)
          case 1: (mixed, word) = ((d & b) | (~d & c), (5 * step + 1) & 15)
          case 2: (mixed, word) = (b ^ c ^ d, (3 * step + 5) & 15)
          default: (mixed, word) = (c ^ (b | ~d), (7 * step) & 15)
          }
          let input = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self))
          let sum = a &+ mixed &+ constants[step] &+ input
          let shift = shifts[(step >> 4) << 2 | step & 3]
          (a, d, c, b) = (d, c, b, b &+ (sum << shift | sum >> (32 - shift)))
        }
      }
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
  }
}
