import Foundation

/// The strips or tiles of a TIFF's pages that hold a rectangle, as a small TIFF of its own; nothing is decoded.
struct TIFFExcerpt {
  /// Where the rectangle is in it.
  private(set) var box: CropBox

  private let source: TIFFBytes
  private var writer: TIFFWriter

  /// The file.
  var data: Data { writer.data }

  /// More pixels than this are not decoded for one tile.
  private static let pixelLimit = 1 << 26

  private typealias Tag = TIFFPage.Tag

  /// - Parameters:
  ///   - box: inside the pages.
  ///   - pages: of one size, with strips or tiles of one size.
  ///   - source: the file that they are in.
  /// - Throws: `ImageError`.
  init(_ box: CropBox, of pages: [TIFFPage], in source: TIFFBytes) throws {
    (self.source, self.box) = (source, box)
    writer = TIFFWriter(like: source)
    for page in pages { self.box = try append(page, box) }
  }

  /// - Returns: where the rectangle is in the excerpt.
  private mutating func append(_ page: TIFFPage, _ box: CropBox) throws -> CropBox {
    guard page.orientation == 1 else {
      throw ImageError.unsupported("it is stored turned (orientation \(page.orientation)), and tiles are read upright")
    }
    let entries = try source.entries(at: page.start)
    let chunks = try TIFFChunks(page, entries, in: source)
    let (columns, rows) = chunks.holding(box)
    let (left, top) = (columns.lowerBound * chunks.width, rows.lowerBound * chunks.height)
    let width = min(page.width - left, columns.count * chunks.width)
    let height = min(page.height - top, rows.count * chunks.height)
    guard width * height <= Self.pixelLimit else {
      throw ImageError.unsupported(
        "a tile needs \(width) x \(height) pixels of it to be decoded, because its strips are large; save it in tiles, "
          + "e.g. vips tiffsave in.tif out.tif --tile --pyramid --bigtiff --compression deflate")
    }
    var (starts, lengths): ([Int], [Int]) = ([], [])
    for range in try chunks.ranges(columns: columns, rows: rows) {
      guard !range.isEmpty else { throw ImageError.unsupported("a strip or tile of it is not stored") }
      starts.append(writer.data.count)
      lengths.append(range.count)
      writer.data += try source.bytes(range)
    }
    var values = try copied(entries)
    values += [longs(Tag.imageWidth.rawValue, [width]), longs(Tag.imageLength.rawValue, [height])]
    values += [longs(page.isTiled ? 324 : 273, starts), longs(page.isTiled ? 325 : 279, lengths)]
    writer.append(values)
    return CropBox(left: box.left - left, top: box.top - top, width: box.width, height: box.height)
  }

  /// Tags that say how strips and tiles are decoded and what samples mean, with GDAL's nodata.
  private static let copiedTags = [
    258, 259, 262, 266, 277, 278, 284, 292, 293, 317, 320, 322, 323, 332, 338, 339, 347, 529, 530, 531, 532, 42_113,
    50_674,
  ]

  private func copied(_ entries: [Int: TIFFBytes.Entry]) throws -> [TIFFWriter.Value] {
    try Self.copiedTags.compactMap { tag in try entries[tag].map { try source.value(tag, $0) } }
  }

  private func longs(_ tag: Int, _ values: [Int]) -> TIFFWriter.Value {
    let size = source.offsetSize
    return TIFFWriter.Value(
      tag: tag, type: source.isBig ? 16 : 4, count: values.count,
      bytes: values.flatMap { source.encoded($0, size: size) })
  }
}

/// Where the strips or tiles of a page are.
struct TIFFChunks {
  /// Columns of each; of strips those of the page.
  let width: Int
  /// Rows of each.
  let height: Int

  private let columns: Int
  private let rows: Int
  private let planes: Int
  private let offsets: TIFFBytes.Entry
  private let lengths: TIFFBytes.Entry
  private let source: TIFFBytes

  /// - Throws: `ImageError` for a page that does not say where they are.
  init(_ page: TIFFPage, _ entries: [Int: TIFFBytes.Entry], in source: TIFFBytes) throws {
    func one(_ tag: Int) throws -> Int? { try source.integers(entries[tag], limit: 1).first }
    (width, height) =
      page.isTiled
      ? (try one(322) ?? 0, try one(323) ?? 0) : (page.width, min(try one(278) ?? page.height, page.height))
    guard width > 0, height > 0, let offsets = entries[324] ?? entries[273], let lengths = entries[325] ?? entries[279]
    else { throw ImageError.damaged("it does not say where its strips or tiles are") }
    columns = (page.width - 1) / width + 1
    rows = (page.height - 1) / height + 1
    planes = page.isPlanar ? page.samplesPerPixel : 1
    guard offsets.count >= columns * rows * planes, lengths.count >= columns * rows * planes else {
      throw ImageError.damaged("it has fewer strips or tiles than its size needs")
    }
    (self.offsets, self.lengths, self.source) = (offsets, lengths, source)
  }

  /// Those that hold a rectangle.
  func holding(_ box: CropBox) -> (columns: ClosedRange<Int>, rows: ClosedRange<Int>) {
    (
      columns: box.left / width...(box.left + box.width - 1) / width,
      rows: box.top / height...(box.top + box.height - 1) / height
    )
  }

  /// The places of the strips or tiles of a rectangle, row by row and plane after plane; empty where one is not stored.
  func ranges(columns: ClosedRange<Int>, rows: ClosedRange<Int>) throws -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for plane in 0..<planes {
      for row in rows {
        for column in columns {
          let index = (plane * self.rows + row) * self.columns + column
          let (start, length) = (try number(index, in: offsets), try number(index, in: lengths))
          guard start <= source.count, length <= source.count - start else {
            throw ImageError.truncated("a strip or tile reaches beyond its end")
          }
          ranges.append(start..<start + length)
        }
      }
    }
    return ranges
  }

  private func number(_ index: Int, in entry: TIFFBytes.Entry) throws -> Int {
    let size = TIFFBytes.size(ofType: entry.type)
    return Int(clamping: try source.number(at: entry.values + index * size, size: size))
  }
}

extension TIFFBytes {
  /// All entries of a directory.
  func entries(at start: Int) throws -> [Int: Entry] {
    let offsets = Dictionary(try entryOffsets(at: start), uniquingKeysWith: { first, _ in first })
    return try offsets.mapValues { try entry(at: $0) }
  }
}
