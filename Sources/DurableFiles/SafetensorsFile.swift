public import Foundation
import SplitMaskCore

/// A safetensors file, mapped into memory and checked: names, types, shapes and bytes of its tensors.
///
/// Everything the header claims is checked against the file before a byte is handed out, and so is the checksum that
/// ``SafetensorsWriter`` leaves; files of other programs have none.
public struct SafetensorsFile: Sendable {
  /// One tensor.
  public struct Entry: Sendable {
    /// The element type as the format spells it, such as `F32`.
    public let dtype: String
    /// The lengths of its dimensions; empty for a single number.
    public let shape: [Int]
    private let range: Range<Int>
    private let file: MappedFile

    init(dtype: String, shape: [Int], range: Range<Int>, file: MappedFile) {
      self.dtype = dtype
      self.shape = shape
      self.range = range
      self.file = file
    }

    /// Its elements: little-endian, row-major. Foreign writers need not align them to their size.
    ///
    /// Valid for as long as this entry or its file lives, which may end at the last use of either: `withBytes` is safe.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[range]) }

    /// Hands out the elements and keeps them for as long.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
      try file.withBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
  }

  /// Where the file is.
  public let url: URL
  /// The names of the tensors in the order of their bytes in the file.
  public let names: [String]
  /// The file's own strings, without the checksum.
  public let metadata: [String: String]
  private let entries: [String: Entry]

  /// Opens and checks the file at `url`.
  ///
  /// - Parameters:
  ///   - url: the file.
  ///   - checkingBytes: whether the checksum is checked, for which the whole file is read. Where only names and shapes
  ///     are wanted, the header's own checks may do.
  /// - Throws: `FileError` when it cannot be read, `SafetensorsError` when it is not whole.
  public init(_ url: URL, checkingBytes: Bool = true) throws {
    let file = try MappedFile(url)
    let (header, dataStart) = try SafetensorsHeader.read(file)
    self.url = url
    metadata = header.metadata.filter { $0.key != SafetensorsChecksum.key }
    var entries: [String: Entry] = [:]
    var names: [String] = []
    var end = 0
    for (name, line) in try Self.inFileOrder(header.lines, url) {
      let range = try Self.range(of: line, name, after: end, url)
      let (absoluteEnd, overflow) = range.upperBound.addingReportingOverflow(dataStart)
      guard !overflow, absoluteEnd <= file.bytes.count else {
        let expected = overflow ? Int.max : absoluteEnd
        throw SafetensorsError(url, .truncated(expected: expected, actual: file.bytes.count), tensor: name)
      }
      entries[name] = Entry(
        dtype: line.dtype, shape: line.shape, range: dataStart + range.lowerBound..<absoluteEnd, file: file)
      names.append(name)
      end = range.upperBound
    }
    guard dataStart + end == file.bytes.count else {
      throw SafetensorsError(url, .trailingBytes(file.bytes.count - dataStart - end))
    }
    if checkingBytes, let place = SafetensorsChecksum.place(in: file.bytes[..<dataStart]),
      !SafetensorsChecksum.isRight(file.bytes, place: place)
    {
      throw SafetensorsError(url, .wrongChecksum)
    }
    self.entries = entries
    self.names = names
  }

  /// The tensor of that name, or nil.
  public subscript(name: String) -> Entry? { entries[name] }

  /// The tensor of that name.
  ///
  /// - Throws: `SafetensorsError` naming the nearest tensor when there is none of that name.
  public func entry(_ name: String) throws -> Entry {
    guard let entry = entries[name] else {
      throw SafetensorsError(url, .missing(nearest: nearest(to: name, in: names)), tensor: name)
    }
    return entry
  }

  private static func inFileOrder(
    _ lines: [String: SafetensorsHeader.Line], _ url: URL
  ) throws -> [(key: String, value: SafetensorsHeader.Line)] {
    for (name, line) in lines where line.dataOffsets.count != 2 || line.dataOffsets[0] > line.dataOffsets[1] {
      throw SafetensorsError(url, .badHeader("data_offsets \(line.dataOffsets) are no range"), tensor: name)
    }
    // An empty tensor begins where its neighbour begins, and comes first.
    return lines.sorted {
      let (a, b) = ($0.value.dataOffsets, $1.value.dataOffsets)
      return a == b ? $0.key < $1.key : a.lexicographicallyPrecedes(b)
    }
  }

  private static func range(
    of line: SafetensorsHeader.Line, _ name: String, after end: Int, _ url: URL
  ) throws -> Range<Int> {
    guard let bitWidth = SafetensorsFormat.bitWidths[line.dtype] else {
      throw SafetensorsError(url, .unknownType(line.dtype), tensor: name)
    }
    let start = line.dataOffsets[0]
    guard start == end else { throw SafetensorsError(url, .misplaced(start: start, expected: end), tensor: name) }
    let range = start..<line.dataOffsets[1]
    guard range.count == SafetensorsFormat.byteCount(shape: line.shape, bitWidth: bitWidth) else {
      throw SafetensorsError(
        url, .sizeMismatch(shape: line.shape, type: line.dtype, bytes: range.count), tensor: name)
    }
    return range
  }
}
