import ImageData

extension RunLengthMask {
  /// A mask from COCO's compressed string.
  ///
  /// Each run is a little-endian number of five bits a character, the sixth says that more follow; from the fourth run on
  /// the difference to the run before the last stands instead, in two's complement.
  ///
  /// - Throws: `DatasetError` for characters or lengths that cannot be, or runs that do not add up to the image.
  public init(compressed: String, height: Int, width: Int) throws {
    try self.init(counts: Self.counts(ofCompressed: compressed), height: height, width: width)
  }

  /// COCO's compressed string.
  public var compressed: String {
    var characters: [UInt8] = []
    characters.reserveCapacity(counts.count * 2)
    for (place, count) in counts.enumerated() {
      var rest = Int(count) - (place > 2 ? Int(counts[place - 2]) : 0)
      var isLast = false
      while !isLast {
        let bits = rest & 0x1f
        rest >>= 5
        isLast = rest == (bits & 0x10 == 0 ? 0 : -1)
        characters.append(UInt8(bits | (isLast ? 0 : 0x20)) + 48)
      }
    }
    return String(decoding: characters, as: UTF8.self)
  }

  /// The runs of a compressed string, which need not add up to anything.
  static func counts(ofCompressed text: String) throws -> [UInt32] {
    var counts: [UInt32] = []
    var (value, shift) = (0, 0)
    for character in text.utf8 {
      guard (48..<112).contains(character), shift <= 30 else {
        throw DatasetError("its compressed run lengths hold what is none of their characters or numbers")
      }
      let bits = Int(character) - 48
      value |= (bits & 0x1f) << shift
      shift += 5
      guard bits & 0x20 == 0 else { continue }
      if bits & 0x10 != 0 { value |= -1 << shift }
      if counts.count > 2 { value += Int(counts[counts.count - 2]) }
      guard let count = UInt32(exactly: value) else { throw DatasetError("it has a run of length \(value)") }
      counts.append(count)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { throw DatasetError("its compressed run lengths end in the middle of a number") }
    return counts
  }
}
