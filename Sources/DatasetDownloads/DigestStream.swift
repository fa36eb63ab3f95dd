/// A checksum that takes its input in blocks of 64 bytes.
protocol BlockDigest {
  /// Whether the length that ends the input, and the result, have their low bytes first.
  static var isLittleEndian: Bool { get }
  /// The result so far.
  var state: [UInt32] { get }
  /// Takes in one block of 64 bytes.
  mutating func add(block: UnsafeRawBufferPointer)
}

/// Feeds bytes of any number to a digest and ends it with the padding that MD5 and SHA-2 share: a one, zeros, the length
/// in bits.
struct DigestStream<Digest: BlockDigest> {
  private var digest: Digest
  private var rest: [UInt8] = []
  private var count: UInt64 = 0
  private static var blockSize: Int { 64 }

  init(_ digest: Digest) { self.digest = digest }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    count &+= UInt64(bytes.count)
    var input = bytes[...]
    if !rest.isEmpty {
      let missing = min(Self.blockSize - rest.count, input.count)
      rest += input.prefix(missing)
      input = input.dropFirst(missing)
      guard rest.count == Self.blockSize else { return }
      rest.withUnsafeBytes { digest.add(block: $0) }
      rest.removeAll(keepingCapacity: true)
    }
    while input.count >= Self.blockSize {
      digest.add(block: UnsafeRawBufferPointer(rebasing: input.prefix(Self.blockSize)))
      input = input.dropFirst(Self.blockSize)
    }
    rest += input
  }

  /// The digest's bytes; nothing may be added afterwards.
  mutating func finished() -> [UInt8] {
    let bits = count &* 8
    var padding: [UInt8] = [0x80]
    padding += [UInt8](repeating: 0, count: (119 - Int(count % 64)) % 64)
    padding += bytes(bits)
    padding.withUnsafeBytes { add($0) }
    return digest.state.flatMap { bytes($0) }
  }

  private func bytes<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    withUnsafeBytes(of: Digest.isLittleEndian ? word.littleEndian : word.bigEndian) { Array($0) }
  }
}
