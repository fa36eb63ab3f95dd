import Foundation

/// The encodings in which text files of names come.
enum TextEncoding {
  private static let utf8Mark: [UInt8] = [0xef, 0xbb, 0xbf]
  private static let littleEndianMark: [UInt8] = [0xff, 0xfe]
  private static let bigEndianMark: [UInt8] = [0xfe, 0xff]

  /// Whether a file's first bytes are those of UTF-16 with its mark, as PowerShell and Excel write it.
  static func isMarkedUTF16(_ head: [UInt8]) -> Bool {
    head.starts(with: littleEndianMark) || head.starts(with: bigEndianMark)
  }

  /// Whether text without a mark looks like UTF-16: every second byte of what would be ASCII is zero.
  static func looksLikeUTF16(_ head: [UInt8]) -> Bool {
    let pairs = min(head.count, 64) / 2
    guard pairs >= 2 else { return false }
    return [0, 1].contains { zero in
      (0..<pairs).allSatisfy { head[2 * $0 + zero] == 0 && head[2 * $0 + 1 - zero] != 0 }
    }
  }

  /// The text in UTF-8 without a mark. What has none is taken to be in UTF-8, or in the file system's bytes.
  ///
  /// - Parameter isWhole: whether they are all of the text; otherwise its end may be within a pair of UTF-16.
  /// - Throws: `DatasetError` for UTF-16 that ends within a character or has half of a pair.
  static func utf8(_ bytes: [UInt8], isWhole: Bool = true) throws -> [UInt8] {
    if bytes.starts(with: utf8Mark) { return Array(bytes.dropFirst(utf8Mark.count)) }
    guard isMarkedUTF16(bytes) else { return bytes }
    let isBigEndian = bytes.starts(with: bigEndianMark)
    var units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
      let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
      return isBigEndian ? first << 8 | second : second << 8 | first
    }
    if !isWhole, let last = units.last, UTF16.isLeadSurrogate(last) { units.removeLast() }
    guard bytes.count % 2 == 0, let text = String(validating: units, as: UTF16.self) else {
      throw DatasetError("the text begins as UTF-16 but is damaged; save it as UTF-8")
    }
    return Array(text.utf8)
  }
}
