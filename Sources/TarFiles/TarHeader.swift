/// One 512-byte header block of a tar file.
package struct TarHeader {
  /// The member's path, as bytes.
  package let name: [UInt8]
  /// Bytes of content that follow.
  package let size: Int
  /// The type flag.
  package let kind: UInt8
  /// Where a link leads, as bytes.
  let linkName: [UInt8]
  let hasMagic: Bool

  /// nil when the checksum does not fit: damage, or no tar at all.
  package init?(_ block: ArraySlice<UInt8>) {
    let field = { (range: Range<Int>) in
      block[(block.startIndex + range.lowerBound)..<(block.startIndex + range.upperBound)]
    }
    var sum = 0
    for (position, byte) in block.enumerated() { sum += (148..<156).contains(position) ? 32 : Int(byte) }
    guard Self.number(field(148..<156)) == sum, let size = Self.number(field(124..<136)) else { return nil }
    self.size = size
    kind = field(156..<157).first!
    linkName = Self.text(field(157..<257))
    hasMagic = field(257..<262).elementsEqual("ustar".utf8)
    // GNU's older header ("ustar  ") uses the prefix's place for something else.
    let prefix = field(257..<263).elementsEqual("ustar\0".utf8) ? Self.text(field(345..<500)) : []
    let last = Self.text(field(0..<100))
    name = prefix.isEmpty ? last : prefix + [UInt8(ascii: "/")] + last
  }

  /// Whether it is an ordinary file.
  package var isRegularFile: Bool { kind == UInt8(ascii: "0") || kind == 0 || kind == UInt8(ascii: "7") }
  /// Whether it is a link, hard or symbolic, which has no content of its own.
  var isLink: Bool { kind == UInt8(ascii: "1") || isSymbolicLink }
  /// Whether it is a symbolic link.
  var isSymbolicLink: Bool { kind == UInt8(ascii: "2") }
  /// A pax record, a global one, or GNU's long name or long link target.
  package var isExtension: Bool { "xgLK".utf8.contains(kind) }

  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

  /// Octal digits, or base 256 when the first bit is set.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      var value = Int(first & 0x7f)
      for byte in field.dropFirst() {
        guard value < 1 << 54 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == 32 }.prefix { $0 != 0 && $0 != 32 }
    return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
  }
}

/// What extension headers say about the member that follows them.
package struct TarExtension {
  /// Its path, where that is too long for the header.
  package private(set) var name: [UInt8]?
  /// Its size, where that is too large for the header.
  package private(set) var size: Int?
  /// Where it leads, where it is a link whose target is too long for the header.
  private(set) var linkName: [UInt8]?

  /// Nothing yet.
  package init() {}

  /// Takes in one extension header's content.
  package mutating func apply(_ kind: UInt8, _ content: [UInt8]) {
    switch kind {
    case UInt8(ascii: "L"): name = Array(content.prefix { $0 != 0 })
    case UInt8(ascii: "K"): linkName = Array(content.prefix { $0 != 0 })
    case UInt8(ascii: "x"): applyRecords(content)
    default: break
    }
  }

  /// Pax records are `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record.
  private mutating func applyRecords(_ content: [UInt8]) {
    var rest = content[...]
    while let space = rest.firstIndex(of: 32),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)),
      length > space - rest.startIndex + 1, length <= rest.count
    {
      let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
      rest = rest[(rest.startIndex + length)...]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let value = record[(equals + 1)...]
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": name = Array(value)
      case "linkpath": linkName = Array(value)
      case "size": size = Int(String(decoding: value, as: UTF8.self))
      default: break
      }
    }
  }
}
