import Foundation

/// Gives pages of a TIFF directories that libvips can read, behind the file's own bytes, which stay where they are.
///
/// A page of separate planes becomes a page a plane; samples of 64 bits become two of 32, and those of half precision
/// unsigned numbers, which the decoder puts together again; a palette that only says how to show the values becomes grey.
struct TIFFRewriter {
  private typealias Tag = TIFFPage.Tag

  private let file: TIFFBytes
  private let bytes: UnsafeRawBufferPointer
  private var data: Data

  /// - Throws: `ImageError` for bytes that are not a TIFF's.
  init(_ bytes: UnsafeRawBufferPointer) throws {
    self.bytes = bytes
    file = try TIFFBytes(bytes)
    data = Data(bytes)
  }

  /// The file with directories for these pages alone, in their order; planes of a page follow each other.
  /// - Throws: `ImageError` for a classic TIFF that has no room for more directories.
  mutating func rewritten(_ pages: [TIFFPage]) throws -> Data {
    var link = file.isBig ? 8 : 4
    for page in pages {
      try checkChunks(page)
      for plane in 0..<(page.isPlanar ? page.samplesPerPixel : 1) {
        let directory = try directory(page, plane: plane)
        data.replaceSubrange(link..<link + file.offsetSize, with: file.encoded(try end(), size: file.offsetSize))
        data += directory
        link = data.count - file.offsetSize
      }
    }
    return data
  }

  /// Checks that all strips and tiles lie in the file itself, not where directories are appended.
  private func checkChunks(_ page: TIFFPage) throws {
    let entries = Dictionary(try file.entryOffsets(at: page.start), uniquingKeysWith: { first, _ in first })
    func integers(_ tags: [Int]) throws -> [Int] {
      guard let offset = tags.compactMap({ entries[$0] }).first else { return [] }
      return try file.integers(file.entry(at: offset))
    }
    let (offsets, lengths) = (try integers(Self.offsetTags), try integers(Self.lengthTags))
    guard !offsets.isEmpty, offsets.count == lengths.count else {
      throw ImageError.damaged("it does not say where its strips or tiles are")
    }
    for (offset, length) in zip(offsets, lengths) where offset > bytes.count || length > bytes.count - offset {
      throw ImageError.truncated("a strip or tile reaches beyond its end")
    }
  }

  /// Where what is appended next begins.
  private mutating func end() throws -> Int {
    if data.count % 2 == 1 { data.append(0) }
    guard file.isBig || data.count <= Int(UInt32.max) else {
      throw ImageError.unsupported("a classic TIFF of its size cannot be read plane by plane; save it as BigTIFF")
    }
    return data.count
  }

  private mutating func directory(_ page: TIFFPage, plane: Int) throws -> [UInt8] {
    let samples = page.isPlanar ? 1 : page.samplesPerPixel
    var dropped: Set<Int> = [Tag.extraSamples.rawValue]
    var entries = [
      try entry(.photometric, [TIFFPage.Photometric.minIsBlack.rawValue]),
      try entry(.samplesPerPixel, [samples * page.partsPerSample]), try entry(.planarConfiguration, [1]),
    ]
    if page.recoding != .none {
      dropped.insert(Tag.sampleFormat.rawValue)
      let bits = (page.bits ?? 8) / page.partsPerSample
      entries.append(try entry(.bitsPerSample, Array(repeating: bits, count: samples * page.partsPerSample)))
    }
    let original = try file.entryOffsets(at: page.start)
    if page.isPlanar {
      for (tag, offset) in original where (Self.offsetTags + Self.lengthTags).contains(tag) {
        entries.append((tag, try part(plane, of: page.samplesPerPixel, tag: tag, at: offset)))
      }
    }
    dropped.formUnion(entries.map(\.tag))
    for (tag, offset) in original where !dropped.contains(tag) {
      entries.append((tag, Array(bytes[offset..<offset + file.entrySize])))
    }
    entries.sort { $0.tag < $1.tag }
    return file.encoded(entries.count, size: file.isBig ? 8 : 2) + entries.flatMap(\.bytes)
      + file.encoded(0, size: file.offsetSize)
  }

  /// StripOffsets and TileOffsets; StripByteCounts and TileByteCounts. Each has a value for every strip or tile, plane after
  /// plane.
  private static let (offsetTags, lengthTags) = ([273, 324], [279, 325])

  /// An entry of 16-bit numbers.
  private mutating func entry(_ tag: Tag, _ values: [Int]) throws -> (tag: Int, bytes: [UInt8]) {
    (tag.rawValue, try entry(tag.rawValue, type: 3, count: values.count, values.flatMap { file.encoded($0, size: 2) }))
  }

  /// The values of one plane among an entry's.
  private mutating func part(_ plane: Int, of planes: Int, tag: Int, at offset: Int) throws -> [UInt8] {
    let whole = try file.entry(at: offset)
    guard whole.count > 0, whole.count % planes == 0 else {
      throw ImageError.damaged("its planes have different numbers of strips or tiles")
    }
    let count = whole.count / planes
    let size = TIFFBytes.size(ofType: whole.type)
    let first = whole.values + plane * count * size
    return try entry(tag, type: whole.type, count: count, Array(bytes[first..<first + count * size]))
  }

  private mutating func entry(_ tag: Int, type: Int, count: Int, _ values: [UInt8]) throws -> [UInt8] {
    let head = file.encoded(tag, size: 2) + file.encoded(type, size: 2) + file.encoded(count, size: file.offsetSize)
    guard values.count > file.offsetSize else {
      return head + values + Array(repeating: 0, count: file.offsetSize - values.count)
    }
    let place = try end()
    data += values
    return head + file.encoded(place, size: file.offsetSize)
  }
}
