/// The numbers of a TIFF, in memory or in a file of which parts are read; every access is checked.
struct TIFFBytes {
  private enum Storage {
    case memory(UnsafeRawBufferPointer)
    case file(PartialFile)
  }

  let isBig: Bool
  private let storage: Storage
  let isLittle: Bool
  /// How many bytes there are.
  let count: Int

  struct Entry {
    let type: Int
    let count: Int
    /// Where the values begin.
    let values: Int
  }

  init(_ bytes: UnsafeRawBufferPointer) throws {
    try self.init(.memory(bytes), count: bytes.count) { Array(bytes.prefix($0)) }
  }

  init(_ file: PartialFile) throws {
    try self.init(.file(file), count: file.count) { Array(try file.window(0..<$0)) }
  }

  private init(_ storage: Storage, count: Int, head: (Int) throws -> [UInt8]) throws {
    guard count >= 8 else { throw ImageError.truncated("its header is cut short") }
    let head = try head(4)
    (self.storage, self.count) = (storage, count)
    isLittle = head[0] == UInt8(ascii: "I")
    isBig = head[isLittle ? 2 : 3] == 43
  }

  /// Bytes that are there.
  func bytes(_ range: Range<Int>) throws -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw ImageError.truncated("it refers to byte \(range.upperBound), and has \(count)")
    }
    switch storage {
    case .memory(let bytes): return Array(bytes[range])
    case .file(let file): return try file.bytes(range)
    }
  }

  /// An unsigned number of 1, 2, 4 or 8 bytes.
  func number(at offset: Int, size: Int) throws -> UInt64 {
    guard offset >= 0, offset <= count - size else {
      throw ImageError.truncated("it refers to byte \(offset), and has \(count)")
    }
    var value: UInt64 = 0
    switch storage {
    case .memory(let bytes):
      for index in 0..<size {
        value = value << 8 | UInt64(bytes[offset + (isLittle ? size - 1 - index : index)])
      }
    case .file(let file):
      let bytes = try file.window(offset..<offset + size)
      for byte in isLittle ? Array(bytes.reversed()) : Array(bytes) { value = value << 8 | UInt64(byte) }
    }
    return value
  }

  /// A number that says where in the file, or how many, something is.
  private func position(at offset: Int, size: Int) throws -> Int {
    let value = try number(at: offset, size: size)
    guard let position = Int(exactly: value) else { throw ImageError.damaged("an impossible offset") }
    return position
  }

  /// Bytes of an offset, and of what fits into an entry itself.
  var offsetSize: Int { isBig ? 8 : 4 }
  /// Bytes of a directory's entry.
  var entrySize: Int { isBig ? 20 : 12 }

  func offset(at offset: Int) throws -> Int { try position(at: offset, size: offsetSize) }

  /// A number as the file writes it.
  func encoded(_ value: Int, size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (isLittle ? $0 : size - 1 - $0))) }
  }

  /// A directory's entries by their tags, and where the offset of the next directory is.
  func directory(at start: Int) throws -> (entries: [Int: Entry], end: Int) {
    var entries: [Int: Entry] = [:]
    let offsets = try entryOffsets(at: start)
    for (tag, offset) in offsets where TIFFPage.Tag(rawValue: tag) != nil && entries[tag] == nil {
      entries[tag] = try entry(at: offset)
    }
    return (entries, start + (isBig ? 8 : 2) + offsets.count * entrySize)
  }

  /// The tags of a directory, and where their entries are.
  func entryOffsets(at start: Int) throws -> [(tag: Int, offset: Int)] {
    let countSize = isBig ? 8 : 2
    let count = try position(at: start, size: countSize)
    let first = start + countSize
    guard count <= (self.count - first) / entrySize else {
      throw ImageError.truncated("a directory of \(count) entries reaches beyond its end")
    }
    return try (0..<count).map { (Int(try number(at: first + $0 * entrySize, size: 2)), first + $0 * entrySize) }
  }

  func entry(at start: Int) throws -> Entry {
    let type = Int(try number(at: start + 2, size: 2))
    let inline = offsetSize
    let count = try position(at: start + 4, size: inline)
    let field = start + 4 + inline
    let (size, overflows) = count.multipliedReportingOverflow(by: Self.size(ofType: type))
    guard !overflows else { throw ImageError.damaged("an impossible number of values") }
    let values = size <= inline ? field : try offset(at: field)
    guard values <= self.count, size <= self.count - values else {
      throw ImageError.truncated("the values of a tag reach beyond its end")
    }
    return Entry(type: type, count: count, values: values)
  }

  static func size(ofType type: Int) -> Int {
    switch type {
    case 1, 2, 6, 7: 1
    case 3, 8: 2
    case 4, 9, 11, 13: 4
    case 5, 10, 12, 16, 17, 18: 8
    default: 0
    }
  }

  /// The values of an entry of unsigned integers, at most `limit`; none for any other type.
  func integers(_ entry: Entry?, limit: Int = .max) throws -> [Int] {
    guard let entry, [1, 3, 4, 16].contains(entry.type) else { return [] }
    let size = Self.size(ofType: entry.type)
    return try (0..<min(entry.count, limit)).map { try position(at: entry.values + $0 * size, size: size) }
  }

  /// The text of an entry up to its first zero byte, at most `limit` bytes.
  func text(_ entry: Entry?, limit: Int) -> String? {
    guard let entry, [1, 2, 7].contains(entry.type) else { return nil }
    guard let part = try? bytes(entry.values..<entry.values + min(entry.count, limit)) else { return nil }
    return String(decoding: part.prefix { $0 != 0 }, as: UTF8.self)
  }
}
