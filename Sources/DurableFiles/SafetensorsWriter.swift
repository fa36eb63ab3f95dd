public import Foundation

/// Writes safetensors files, atomically and without holding them in memory.
///
/// The same tensors and metadata give the same bytes. A checksum of the whole file goes into its metadata, which
/// ``SafetensorsFile`` checks when it opens the file.
public enum SafetensorsWriter {
  /// A tensor to write.
  public struct Item {
    let name: String
    let dtype: String
    let shape: [Int]
    let write: (FileSink) throws -> Void

    /// A tensor whose bytes are at hand.
    ///
    /// - Parameters:
    ///   - name: its name in the file.
    ///   - dtype: The element type as the format spells it, such as `F32`.
    ///   - shape: its sizes.
    ///   - bytes: Its elements, little-endian and row-major; must stay valid until the file is written.
    public init(name: String, dtype: String, shape: [Int], bytes: UnsafeRawBufferPointer) {
      self.init(name: name, dtype: dtype, shape: shape) { try $0.write(bytes) }
    }

    /// A tensor whose bytes are fetched when its turn comes, so that one at a time need be in host memory.
    public init(name: String, dtype: String, shape: [Int], write: @escaping (FileSink) throws -> Void) {
      self.name = name
      self.dtype = dtype
      self.shape = shape
      self.write = write
    }
  }

  /// Writes `items` to `url`, replacing a file of that name.
  ///
  /// The header lists them in the order given. Their bytes are laid out wide elements first, so that all are aligned.
  ///
  /// - Parameters:
  ///   - items: the tensors.
  ///   - metadata: The file's own strings; written sorted by key. The checksum's key is not for others to use.
  ///   - url: the file.
  /// - Throws: `SafetensorsError` for an unknown type, a name used twice or bytes that do not hold the shape;
  ///   `FileError` when the disk refuses. An old file is then untouched.
  public static func write(_ items: [Item], metadata: [String: String] = [:], to url: URL) throws {
    let layout = try Layout(items, url)
    let header = try layout.header(
      items, metadata: metadata.merging([SafetensorsChecksum.key: SafetensorsChecksum.unknown]) { $1 })
    try AtomicFile.write(to: url) { sink in
      sink.checksum = CRC32()
      try sink.write(header)
      for position in layout.order {
        let start = sink.count
        try items[position].write(sink)
        guard sink.count - start == layout.ranges[position].count else {
          throw sizeMismatch(items[position], bytes: sink.count - start, url)
        }
      }
      if let place = SafetensorsChecksum.place(in: header), let checksum = sink.checksum {
        try sink.replace(at: place.lowerBound, with: SafetensorsChecksum.digits(checksum.value))
      }
    }
  }

  private static func sizeMismatch(_ item: Item, bytes: Int, _ url: URL) -> SafetensorsError {
    SafetensorsError(url, .sizeMismatch(shape: item.shape, type: item.dtype, bytes: bytes), tensor: item.name)
  }

  /// Where each item's bytes go.
  private struct Layout {
    /// Item positions in the order of their bytes.
    let order: [Int]
    /// Byte ranges after the header, by item position.
    let ranges: [Range<Int>]

    init(_ items: [Item], _ url: URL) throws {
      var seen: Set<String> = [SafetensorsFormat.metadataKey]
      let widths = try items.map { item in
        guard seen.insert(item.name).inserted else {
          throw SafetensorsError(url, .unusableName, tensor: item.name)
        }
        guard let width = SafetensorsFormat.bitWidths[item.dtype] else {
          throw SafetensorsError(url, .unknownType(item.dtype), tensor: item.name)
        }
        return width
      }
      order = items.indices.sorted { widths[$0] == widths[$1] ? $0 < $1 : widths[$0] > widths[$1] }
      var ranges = [Range<Int>](repeating: 0..<0, count: items.count)
      var start = 0
      for position in order {
        let item = items[position]
        guard let count = SafetensorsFormat.byteCount(shape: item.shape, bitWidth: widths[position]) else {
          throw sizeMismatch(item, bytes: 0, url)
        }
        ranges[position] = start..<start + count
        start += count
      }
      self.ranges = ranges
    }

    /// The length and the JSON, padded with spaces so that the tensors begin at a multiple of eight bytes.
    func header(_ items: [Item], metadata: [String: String]) throws -> Data {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .withoutEscapingSlashes
      func quoted(_ text: String) throws -> String { String(decoding: try encoder.encode(text), as: UTF8.self) }
      let pairs = try metadata.sorted { $0.key < $1.key }.map { "\(try quoted($0.key)):\(try quoted($0.value))" }
      var fields = ["\"\(SafetensorsFormat.metadataKey)\":{\(pairs.joined(separator: ","))}"]
      for (item, range) in zip(items, ranges) {
        let shape = item.shape.map(String.init).joined(separator: ",")
        let offsets = "\(range.lowerBound),\(range.upperBound)"
        fields.append(
          "\(try quoted(item.name)):{\"dtype\":\"\(item.dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(offsets)]}")
      }
      var json = "{" + fields.joined(separator: ",") + "}"
      json += String(repeating: " ", count: (8 - json.utf8.count % 8) % 8)
      var data = withUnsafeBytes(of: UInt64(json.utf8.count).littleEndian) { Data($0) }
      data.append(contentsOf: json.utf8)
      return data
    }
  }
}
