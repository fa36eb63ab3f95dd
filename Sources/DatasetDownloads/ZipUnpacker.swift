import CZlib
import DurableFiles
import Foundation

/// Unpacks a zip file. Every member's path and kind is looked at before the first is written; links are refused.
struct ZipUnpacker {
  let archive: URL
  let folder: UnpackFolder

  /// - Parameter progress: called with the bytes written so far and those there will be.
  /// - Throws: ``DownloadError``, `FileError`; what `progress` throws. What was unpacked by then stays.
  func run(_ progress: (Int, Int) throws -> Void) throws {
    do {
      try unpack(progress)
    } catch ZipDirectory.Fault.foreign {
      throw damaged("its list of members is missing")
    } catch ZipDirectory.Fault.damaged(let reason) {
      throw damaged(reason)
    }
  }

  private func unpack(_ progress: (Int, Int) throws -> Void) throws {
    let file = try ReadableFile(archive)
    let directory = try ZipDirectory(file)
    let members = directory.members
    let places = try members.map(place)
    let total = members.reduce(0) { $0 &+ $1.size }
    try DiskRoom.require(total, at: folder.url)
    var done = 0
    for (member, place) in zip(members, places) {
      guard let place else { continue }
      if member.isFolder {
        try folder.makeFolder(place)
      } else {
        try unpack(member, at: directory.dataRange(member), of: file, to: folder.makeFile(place))
        done += member.size
        try progress(done, total)
      }
    }
  }

  /// Where a member goes, if it may.
  private func place(_ member: ZipDirectory.Member) throws -> URL? {
    func refuse(_ reason: String) -> DownloadError {
      .unsafe(archive: archive.lastPathComponent, member: member.name, reason: reason)
    }
    if member.fileType == 0o120000 { throw refuse("a link") }
    guard [0, 0o100000, 0o040000].contains(member.fileType) else { throw refuse("neither a file nor a folder") }
    guard !member.isEncrypted else { throw damaged("'\(member.name)' is encrypted") }
    guard member.method == 0 || member.method == 8 else {
      throw damaged("'\(member.name)' is packed by method \(member.method)")
    }
    return try folder.place(of: member.name, in: archive)
  }

  private func unpack(
    _ member: ZipDirectory.Member, at range: Range<Int>, of file: ReadableFile, to output: WritableFile
  ) throws {
    var checksum = crc32(0, nil, 0)
    var written = 0
    func write(_ bytes: UnsafeRawBufferPointer) throws {
      checksum = crc32(checksum, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32(bytes.count))
      written += bytes.count
      guard written <= member.size else { throw damaged("'\(member.name)' is larger than its list says") }
      try output.write(bytes)
    }
    if member.method == 0 {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: 1 << 20) {
        try file.bytes(start..<min(range.upperBound, start + 1 << 20)).withUnsafeBytes(write)
      }
    } else {
      let reader = try InflatingReader(file, range: range, wrapping: .none)
      var piece = [UInt8](repeating: 0, count: max(1, min(member.size + 1, 1 << 20)))
      while true {
        let count = try piece.withUnsafeMutableBytes { try reader.read(into: $0) }
        try piece.withUnsafeBytes { try write(UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
        if count < piece.count { break }
      }
    }
    guard written == member.size, checksum == UInt(member.checksum) else {
      throw damaged("'\(member.name)' is not what its checksum says")
    }
  }

  private func damaged(_ reason: String) -> DownloadError { .damaged(archive: archive.path, reason: reason) }
}
