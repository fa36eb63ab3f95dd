/// The list of members at the end of a zip file, also of one above 4 GiB.
package struct ZipDirectory {
  /// What is wrong with an archive.
  package enum Fault: Error, Hashable {
    /// It is no zip archive.
    case foreign
    /// It is cut short or contradicts itself.
    case damaged(String)
  }

  /// A member as the list has it.
  package struct Member {
    /// Its path.
    package let name: String
    /// 0 for stored, 8 for deflated.
    package let method: Int
    /// Whether a password is needed.
    package let isEncrypted: Bool
    /// CRC-32 of its content.
    package let checksum: UInt32
    /// Bytes in the archive.
    package let packedSize: Int
    /// Bytes of its content.
    package let size: Int
    /// The type bits of its Unix mode; 0 where the archive was made elsewhere.
    package let fileType: Int
    /// Where its own header is.
    fileprivate let headerOffset: Int

    /// Whether it is a folder.
    package var isFolder: Bool { name.hasSuffix("/") || fileType == 0o040000 }
  }

  /// The members in the order of the list.
  package let members: [Member]
  private let file: ReadableFile

  /// - Throws: ``Fault``, `FileError`.
  package init(_ file: ReadableFile) throws {
    self.file = file
    let tailStart = max(0, file.size - 66_000)
    let tail = LittleEndian(try file.bytes(tailStart..<file.size))
    guard let end = tail.lastIndex(of: 0x0605_4b50, minimumLength: 22) else {
      throw Fault.foreign
    }
    var (count, size, start) = (tail.int16(end + 10), tail.int32(end + 12), tail.int32(end + 16))
    if end >= 20, tail.int32(end - 20) == 0x0706_4b50 {
      let place = tail.int64(end - 12)
      guard place >= 0, place <= file.size - 56 else { throw Fault.damaged("its list of members is missing") }
      let record = LittleEndian(try file.bytes(place..<(place + 56)))
      guard record.int32(0) == 0x0606_4b50 else { throw Fault.damaged("its list of members is missing") }
      (count, size, start) = (record.int64(32), record.int64(40), record.int64(48))
    }
    guard start >= 0, size >= 0, size < 1 << 31, start <= file.size - size else {
      throw Fault.damaged("its list of members is damaged")
    }
    let list = LittleEndian(try file.bytes(start..<(start + size)))
    var members: [Member] = []
    var offset = 0
    while members.count < count {
      guard let (member, next) = Member.read(list, at: offset) else {
        throw Fault.damaged("its list of members is damaged")
      }
      members.append(member)
      offset = next
    }
    self.members = members
  }

  /// Where a member's packed content is, behind its own header.
  ///
  /// - Throws: ``Fault``, `FileError`.
  package func dataRange(_ member: Member) throws -> Range<Int> {
    let offset = member.headerOffset
    guard offset <= file.size - 30 else { throw Fault.damaged("'\(member.name)' lies behind its end") }
    let header = LittleEndian(try file.bytes(offset..<(offset + 30)))
    let start = offset + 30 + header.int16(26) + header.int16(28)
    guard header.int32(0) == 0x0403_4b50, start <= file.size, member.packedSize <= file.size - start else {
      throw Fault.damaged("the header of '\(member.name)' is damaged")
    }
    return start..<(start + member.packedSize)
  }
}

extension ZipDirectory.Member {
  fileprivate static func read(_ list: LittleEndian, at offset: Int) -> (ZipDirectory.Member, next: Int)? {
    guard offset + 46 <= list.count, list.int32(offset) == 0x0201_4b50 else { return nil }
    let nameEnd = offset + 46 + list.int16(offset + 28)
    let extraEnd = nameEnd + list.int16(offset + 30)
    let next = extraEnd + list.int16(offset + 32)
    guard next <= list.count else { return nil }
    var sizes = [list.int32(offset + 24), list.int32(offset + 20), list.int32(offset + 42)]
    guard widen(&sizes, list, nameEnd..<extraEnd) else { return nil }
    let member = ZipDirectory.Member(
      name: String(decoding: list.bytes[(offset + 46)..<nameEnd], as: UTF8.self), method: list.int16(offset + 10),
      isEncrypted: list.int16(offset + 8) & 1 != 0, checksum: UInt32(list.int32(offset + 16)), packedSize: sizes[1],
      size: sizes[0], fileType: (list.int32(offset + 38) >> 16) & 0o170000, headerOffset: sizes[2])
    return (member, next)
  }

  /// Takes sizes of more than 32 bits from the extra fields: size, packed size and offset, those that do not fit.
  private static func widen(_ sizes: inout [Int], _ list: LittleEndian, _ extra: Range<Int>) -> Bool {
    var offset = extra.lowerBound
    while offset + 4 <= extra.upperBound {
      let end = offset + 4 + list.int16(offset + 2)
      guard end <= extra.upperBound else { return false }
      if list.int16(offset) == 1 {
        var place = offset + 4
        for position in sizes.indices where sizes[position] == 0xffff_ffff {
          guard place + 8 <= end else { return false }
          sizes[position] = list.int64(place)
          place += 8
        }
      }
      offset = end
    }
    return sizes.allSatisfy { $0 >= 0 }
  }
}

/// Bytes whose numbers have their low bytes first.
private struct LittleEndian {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var count: Int { bytes.count }

  func int16(_ offset: Int) -> Int { Int(bytes[offset]) | Int(bytes[offset + 1]) << 8 }

  func int32(_ offset: Int) -> Int { int16(offset) | int16(offset + 2) << 16 }

  /// Negative where it does not fit.
  func int64(_ offset: Int) -> Int { int32(offset) | int32(offset + 4) << 32 }

  /// The last place of a 32-bit number that `minimumLength` bytes follow, its own included.
  func lastIndex(of number: Int, minimumLength: Int) -> Int? {
    guard count >= minimumLength else { return nil }
    return (0...(count - minimumLength)).last { int32($0) == number }
  }
}
