import CZlib
import DurableFiles
import Foundation

/// Unpacks a part of a file that deflate has packed, piece by piece.
final class InflatingReader {
  /// How the packed data is wrapped.
  enum Wrapping {
    /// With gzip's header and trailer, several of them one after the other.
    case gzip
    /// Bare, as in zip files.
    case none
  }

  private let file: ReadableFile
  private let end: Int
  private let wrapping: Wrapping
  private let stream: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  private var used = 0
  private var isFinished = false
  private static let pieceSize = 1 << 18
  /// Packed bytes that were read so far, as a place in the file.
  private(set) var offset: Int

  init(_ file: ReadableFile, range: Range<Int>, wrapping: Wrapping) throws {
    self.file = file
    self.wrapping = wrapping
    offset = range.lowerBound
    end = range.upperBound
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let window = wrapping == .gzip ? 15 + 16 : -15
    let status = inflateInit2_(stream, Int32(window), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib \(ZLIB_VERSION) does not start: \(status)")
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Fills the buffer as far as there is data.
  ///
  /// - Returns: bytes written; fewer than the buffer holds at the end only.
  /// - Throws: ``DownloadError/damaged(archive:reason:)``, `FileError`.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var filled = 0
    while filled < buffer.count, !isFinished {
      if used == input.count { try refill() }
      let status = input.withUnsafeMutableBytes { packed in
        stream.pointee.next_in = packed.baseAddress?.advanced(by: used).assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(packed.count - used)
        stream.pointee.next_out = buffer.baseAddress!.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
        let room = min(buffer.count - filled, 1 << 30)
        stream.pointee.avail_out = UInt32(room)
        let status = inflate(stream, Z_NO_FLUSH)
        used = packed.count - Int(stream.pointee.avail_in)
        filled += room - Int(stream.pointee.avail_out)
        return status
      }
      if status == Z_STREAM_END {
        try endMember()
      } else if status != Z_OK {
        throw damaged(stream.pointee.msg.map { String(cString: $0) } ?? "it ends too early")
      }
    }
    return filled
  }

  private func refill() throws {
    guard offset < end else { throw damaged("it ends too early") }
    input = try file.bytes(offset..<min(end, offset + InflatingReader.pieceSize))
    offset += input.count
    used = 0
  }

  /// Another gzip member may follow; anything else behind the end is padding.
  private func endMember() throws {
    if used == input.count, offset < end { try refill() }
    isFinished = wrapping == .none || used == input.count || input[used] != 0x1f
    if !isFinished { inflateReset(stream) }
  }

  private func damaged(_ reason: String) -> DownloadError {
    .damaged(archive: file.url.path, reason: "\(reason) (at byte \(offset))")
  }
}
