import SplitMaskCore

/// Damages bytes as bad disks, cut downloads and hostile authors do.
struct Mutator {
  private var generator: SeededGenerator

  /// - Parameter number: decides the damage.
  init(number: Int) {
    generator = SeededGenerator(seed: UInt64(number), purpose: .augmentation)
  }

  private static let telling: [[UInt8]] = [
    [0], [0xFF], [0x7F], [0x80], [0xFF, 0xFF], [0, 0], [0x7F, 0xFF], [0x80, 0], [0xFF, 0xFF, 0xFF, 0xFF],
    [0x7F, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0], [0, 0, 0, 0x80], [0xFF, 0xFF, 0xFF, 0x7F],
    [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 0, 0, 0, 0, 0x80],
  ]
  private static let words = [
    "-1", "0", "1e400", "-1e400", "NaN", "Infinity", "9223372036854775807", "9223372036854775808",
    "18446744073709551616",
    "1e18", "0.5", "null", "true", "[]", "{}", "\"\"", "\"\\ud800\"", "\"a\"", "[[[[", "]]]]", "}", "{", ",", ":", "\n",
    "\t",
    "- ", "? ", "&a ", "*a ", "!!binary ", "|\n", ">\n", "'", "\"", "\\", "/", "../", "\u{0}", "é", "%s", "<<: ",
  ].map { Array($0.utf8) }

  /// One kind of damage in half of all files, two to four in the others.
  mutating func damaged(_ bytes: [UInt8], isText: Bool) -> [UInt8] {
    var bytes = bytes
    let count = Bool.random(using: &generator) ? 1 : Int.random(in: 2...4, using: &generator)
    for _ in 0..<count where !bytes.isEmpty { damage(&bytes, isText) }
    return bytes
  }

  private mutating func damage(_ bytes: inout [UInt8], _ isText: Bool) {
    // What a text says is reached by other values in their places.
    let kind = isText && Bool.random(using: &generator) ? 8 : Int.random(in: 0..<(isText ? 10 : 8), using: &generator)
    switch kind {
    case 0: bytes[place(bytes)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: bytes[place(bytes)] = UInt8.random(in: 0...255, using: &generator)
    case 2: overwrite(&bytes, Mutator.telling.randomElement(using: &generator)!)
    case 3: bytes.removeSubrange(place(bytes)...)
    case 4: bytes.removeSubrange(range(bytes))
    case 5: bytes.insert(contentsOf: bytes[range(bytes)], at: place(bytes))
    case 6: overwrite(&bytes, Array(bytes[range(bytes)]))
    case 7: header(&bytes)
    case 8: bytes.replaceSubrange(number(bytes), with: Mutator.words.randomElement(using: &generator)!)
    default: bytes.insert(contentsOf: Mutator.words.randomElement(using: &generator)!, at: place(bytes))
    }
  }

  /// Half of all damage is near the beginning, where formats keep their sizes.
  private mutating func place(_ bytes: [UInt8]) -> Int {
    let limit = Bool.random(using: &generator) ? min(bytes.count, 512) : bytes.count
    return Int.random(in: 0..<limit, using: &generator)
  }

  private mutating func range(_ bytes: [UInt8]) -> Range<Int> {
    let start = place(bytes)
    return start..<min(bytes.count, start + Int.random(in: 1...256, using: &generator))
  }

  private mutating func overwrite(_ bytes: inout [UInt8], _ part: [UInt8]) {
    let start = place(bytes)
    let end = min(bytes.count, start + part.count)
    bytes.replaceSubrange(start..<end, with: part.prefix(end - start))
  }

  private mutating func header(_ bytes: inout [UInt8]) {
    let index = Int.random(in: 0..<min(bytes.count, 64), using: &generator)
    bytes[index] = Mutator.telling.randomElement(using: &generator)![0]
  }

  /// The digits around a place, or the byte there.
  private mutating func number(_ bytes: [UInt8]) -> Range<Int> {
    let at = place(bytes)
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) || byte == 0x2E }
    guard let first = bytes[at...].firstIndex(where: isDigit) else { return at..<at + 1 }
    return first..<(bytes[first...].firstIndex { !isDigit($0) } ?? bytes.endIndex)
  }
}
