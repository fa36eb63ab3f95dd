import Foundation
import SplitMaskCore

/// A TIFF file in memory that grows by directories; values, strips and tiles lie before the directory that names them.
struct TIFFWriter {
  /// An entry of a directory.
  struct Value {
    let tag: Int
    let type: Int
    let count: Int
    let bytes: [UInt8]
  }

  /// The file so far.
  var data: Data
  /// Whose byte order and offsets the file has.
  private let layout: TIFFBytes
  /// Where the offset of the next directory is.
  private var link: Int

  /// A file without a directory.
  init(like layout: TIFFBytes) {
    self.layout = layout
    let mark = [UInt8](repeating: UInt8(ascii: layout.isLittle ? "I" : "M"), count: 2)
    data = Data(mark + layout.encoded(layout.isBig ? 43 : 42, size: 2))
    if layout.isBig { data += layout.encoded(8, size: 2) + layout.encoded(0, size: 2) }
    link = data.count
    data += layout.encoded(0, size: layout.offsetSize)
  }

  /// A file of one directory with further values in it, or others of the same tags.
  ///
  /// - Throws: `ImageError` for a file that is damaged.
  static func adding(_ values: [Value], to file: Data) throws -> Data {
    try file.withUnsafeBytes { bytes in
      let layout = try TIFFBytes(bytes)
      var writer = TIFFWriter(like: layout)
      let kept = try layout.entries(at: try layout.offset(at: writer.link)).filter { tag, _ in
        !values.contains { $0.tag == tag }
      }
      writer.data = file
      writer.append(try kept.map { try layout.value($0, $1) } + values)
      return writer.data
    }
  }

  /// Writes a directory, and leads to it.
  mutating func append(_ values: [Value]) {
    var directory = layout.encoded(values.count, size: layout.isBig ? 8 : 2)
    for value in values.sorted(by: { $0.tag < $1.tag }) {
      directory += layout.encoded(value.tag, size: 2) + layout.encoded(value.type, size: 2)
      directory += layout.encoded(value.count, size: layout.offsetSize)
      if value.bytes.count <= layout.offsetSize {
        directory += value.bytes + [UInt8](repeating: 0, count: layout.offsetSize - value.bytes.count)
      } else {
        directory += layout.encoded(evenEnd(), size: layout.offsetSize)
        data += value.bytes
      }
    }
    let start = layout.encoded(evenEnd(), size: layout.offsetSize)
    data.replaceSubrange(link..<link + start.count, with: start)
    data += directory
    link = data.count
    data += layout.encoded(0, size: layout.offsetSize)
  }

  private mutating func evenEnd() -> Int {
    if data.count % 2 == 1 { data.append(0) }
    return data.count
  }
}

extension TIFFBytes {
  /// An entry with its values.
  func value(_ tag: Int, _ entry: Entry) throws -> TIFFWriter.Value {
    let size = entry.count * Self.size(ofType: entry.type)
    return TIFFWriter.Value(
      tag: tag, type: entry.type, count: entry.count, bytes: try bytes(entry.values..<entry.values + size))
  }
}

extension ImageEncoder.ChannelMeaning {
  /// The entries of a directory that say it, in the order of bytes of this machine.
  func tiffValues(channelCount: Int) -> [TIFFWriter.Value] {
    var values: [TIFFWriter.Value] = []
    if !names.isEmpty {
      let items = names.enumerated().map {
        "  <Item name=\"DESCRIPTION\" sample=\"\($0)\" role=\"description\">\($1.escapedForHTML)</Item>\n"
      }
      values.append(.text(.gdalMetadata, "<GDALMetadata>\n\(items.joined())</GDALMetadata>\n"))
    }
    if let nodata { values.append(.text(.gdalNodata, Int(exactly: nodata).map { "\($0)" } ?? "\(nodata)")) }
    let isGrey = channelCount < 3 || !areColours
    let extraCount = channelCount - (isGrey ? 1 : 3)
    if !areColours { values.append(.numbers(.photometric, [UInt16(TIFFPage.Photometric.minIsBlack.rawValue)])) }
    if extraCount > 0, lastIsOpacity || !areColours {
      values.append(
        .numbers(.extraSamples, [UInt16](repeating: 0, count: extraCount - 1) + [lastIsOpacity ? 2 : 0]))
    }
    return values
  }
}

extension TIFFWriter.Value {
  /// Numbers of 16 bits.
  fileprivate static func numbers(_ tag: TIFFPage.Tag, _ numbers: [UInt16]) -> Self {
    TIFFWriter.Value(tag: tag.rawValue, type: 3, count: numbers.count, bytes: numbers.withUnsafeBytes { Array($0) })
  }

  /// Text, which ends with a zero.
  fileprivate static func text(_ tag: TIFFPage.Tag, _ text: String) -> Self {
    let bytes = Array(text.utf8) + [0]
    return TIFFWriter.Value(tag: tag.rawValue, type: 2, count: bytes.count, bytes: bytes)
  }
}
