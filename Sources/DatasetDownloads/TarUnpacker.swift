import DurableFiles
import Foundation
import ImageData
import SplitMaskCore
import TarFiles

/// Unpacks a tar file packed by gzip, in one pass. Folders and ordinary files only: links and devices are refused.
struct TarUnpacker {
  let archive: URL
  let folder: UnpackFolder

  private static let blockSize = 512
  /// Long names and pax records are read into memory; a larger one can only be damage.
  private static let extensionLimit = 1 << 20

  /// - Parameter progress: called with the packed bytes read so far and those there are.
  /// - Throws: ``DownloadError``, `FileError`; what `progress` throws. What was unpacked by then stays.
  func run(_ progress: (Int, Int) throws -> Void) throws {
    let file = try ReadableFile(archive)
    let reader = try InflatingReader(file, range: 0..<file.size, wrapping: .gzip)
    var pending = TarExtension()
    while let block = try self.block(reader) {
      if block.allSatisfy({ $0 == 0 }) { return }
      guard let header = TarHeader(block[...]) else { throw damaged("a header is damaged") }
      if header.isExtension {
        guard header.size >= 0, header.size <= TarUnpacker.extensionLimit else { throw damaged("a header is damaged") }
        pending.apply(header.kind, try content(reader, header.size))
        continue
      }
      let name = pending.name ?? header.name
      // Written with other letters, two names could become one.
      guard let text = String(validating: name, as: UTF8.self) else {
        throw DownloadError.unsafe(
          archive: archive.lastPathComponent, member: PrintableName.text(name), reason: "a name that is not UTF-8")
      }
      try unpack(header, name: text, size: pending.size ?? header.size, reader)
      pending = TarExtension()
      try progress(reader.offset, file.size)
    }
  }

  private func unpack(_ header: TarHeader, name: String, size: Int, _ reader: InflatingReader) throws {
    guard size >= 0 else { throw damaged("'\(name)' has a size below zero") }
    let place = try folder.place(of: name, in: archive)
    if header.kind == UInt8(ascii: "5") {
      if let place { try folder.makeFolder(place) }
      return
    }
    guard header.isRegularFile else {
      let kind = "12".utf8.contains(header.kind) ? "a link" : "neither a file nor a folder"
      throw DownloadError.unsafe(archive: archive.lastPathComponent, member: name, reason: kind)
    }
    guard let place else { throw damaged("a file has no name") }
    let output = try folder.makeFile(place)
    try copy(reader, size, to: output)
  }

  /// The next block; nil where the archive ends without its two empty blocks.
  private func block(_ reader: InflatingReader) throws -> [UInt8]? {
    var block = [UInt8](repeating: 0, count: TarUnpacker.blockSize)
    let count = try block.withUnsafeMutableBytes { try reader.read(into: $0) }
    guard count > 0 else { return nil }
    guard count == block.count else { throw damaged("it ends inside a header") }
    return block
  }

  private func content(_ reader: InflatingReader, _ size: Int) throws -> [UInt8] {
    var content = [UInt8](repeating: 0, count: padded(size))
    let count = try content.withUnsafeMutableBytes { try reader.read(into: $0) }
    guard count == content.count else { throw damaged("it ends inside a member") }
    return Array(content.prefix(size))
  }

  private func copy(_ reader: InflatingReader, _ size: Int, to output: WritableFile) throws {
    var piece = [UInt8](repeating: 0, count: min(padded(size), 1 << 20))
    var left = size
    while left > 0 {
      let wanted = min(padded(left), piece.count)
      try piece.withUnsafeMutableBytes { buffer in
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(wanted))
        guard try reader.read(into: part) == wanted else { throw damaged("it ends inside a member") }
        try output.write(UnsafeRawBufferPointer(rebasing: buffer.prefix(min(left, wanted))))
      }
      left -= wanted
    }
  }

  private func padded(_ size: Int) -> Int {
    (size + TarUnpacker.blockSize - 1) / TarUnpacker.blockSize * TarUnpacker.blockSize
  }

  private func damaged(_ reason: String) -> DownloadError { .damaged(archive: archive.path, reason: reason) }
}
