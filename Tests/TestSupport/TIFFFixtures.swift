package import Foundation

/// A page of a TIFF file that is written for a test, of uncompressed samples.
package struct TIFFFixture {
  /// Columns, rows, and samples of a pixel.
  package let width: Int, height: Int, channels: Int
  /// Bits a sample, 8 or 16, unsigned.
  package var bits = 8
  /// Columns and rows of a tile; nil for strips of 16 rows.
  package var tileSide: Int? = 64
  /// The sample of a channel at a column and a row.
  package let sample: (Int, Int, Int) -> Int
  /// Whether it is a smaller copy of another page.
  package var isReduced = false
  package var description: String?
  /// Pixels a centimetre.
  package var resolution: UInt32?
  /// Tiles that are not stored, by their numbers.
  package var sparse: Set<Int> = []
  /// How many different tiles there are, where not all are: the first ones, which the others repeat in turn.
  package var differentTiles: Int?
  /// Smaller copies, as SubIFDs.
  package var below: [TIFFFixture] = []

  package init(_ width: Int, _ height: Int, channels: Int = 1, sample: @escaping (Int, Int, Int) -> Int) {
    (self.width, self.height, self.channels, self.sample) = (width, height, channels, sample)
  }

  /// The samples of a strip or a tile, with zeros beyond the image.
  fileprivate func chunk(_ left: Int, _ top: Int, _ columns: Int, _ rows: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for y in top..<top + rows {
      for x in left..<left + columns {
        for channel in 0..<channels {
          let value = x < width && y < height ? sample(x, y, channel) : 0
          bytes.append(UInt8(truncatingIfNeeded: value))
          if bits == 16 { bytes.append(UInt8(truncatingIfNeeded: value >> 8)) }
        }
      }
    }
    return bytes
  }

  fileprivate var chunks: [[UInt8]] {
    guard let side = tileSide else {
      return stride(from: 0, to: height, by: 16).map { chunk(0, $0, width, min(16, height - $0)) }
    }
    let corners = stride(from: 0, to: height, by: side).flatMap { top in
      stride(from: 0, to: width, by: side).map { (left: $0, top: top) }
    }
    let stored = corners.prefix(differentTiles ?? corners.count)
    return stored.enumerated().map { sparse.contains($0) ? [] : chunk($1.left, $1.top, side, side) }
  }
}

extension TIFFFixture {
  /// Where all tiles or strips are, and how long, by those of the different ones.
  fileprivate func repeated(_ starts: [Int], _ counts: [Int]) -> (starts: [Int], counts: [Int]) {
    guard let differentTiles, let side = tileSide else { return (starts, counts) }
    let turns = (0..<((width + side - 1) / side) * ((height + side - 1) / side)).map { $0 % differentTiles }
    return (turns.map { starts[$0] }, turns.map { counts[$0] })
  }
}

/// A little-endian BigTIFF file of some pages.
package func tiff(_ pages: [TIFFFixture]) -> Data {
  var file = Data([0x49, 0x49, 43, 0, 8, 0, 0, 0])
  func number(_ value: Int, _ size: Int = 8) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  func place(_ bytes: [UInt8]) -> Int {
    file.append(contentsOf: bytes)
    return file.count - bytes.count
  }
  func entry(_ tag: Int, _ type: Int, _ count: Int, _ bytes: [UInt8]) -> (Int, [UInt8]) {
    let field = bytes.count > 8 ? number(place(bytes)) : bytes + [UInt8](repeating: 0, count: 8 - bytes.count)
    return (tag, number(tag, 2) + number(type, 2) + number(count) + field)
  }
  func longs(_ tag: Int, _ values: [Int]) -> (Int, [UInt8]) {
    entry(tag, 16, values.count, values.flatMap { number($0) })
  }
  func shorts(_ tag: Int, _ values: [Int]) -> (Int, [UInt8]) {
    entry(tag, 3, values.count, values.flatMap { number($0, 2) })
  }
  /// Where the directory is, and where it leads on.
  func directory(_ page: TIFFFixture) -> (start: Int, link: Int) {
    let chunks = page.chunks
    let stored = chunks.map { $0.isEmpty ? 0 : place($0) }
    let (starts, counts) = page.repeated(stored, chunks.map(\.count))
    var entries = [
      longs(254, [page.isReduced ? 1 : 0]), longs(256, [page.width]), longs(257, [page.height]),
      shorts(258, Array(repeating: page.bits, count: page.channels)), shorts(259, [1]),
      shorts(262, [page.channels == 3 ? 2 : 1]), shorts(277, [page.channels]), shorts(284, [1]),
    ]
    if let text = page.description { entries.append(entry(270, 2, text.utf8.count + 1, Array(text.utf8) + [0])) }
    if let side = page.tileSide {
      entries += [shorts(322, [side]), shorts(323, [side]), longs(324, starts), longs(325, counts)]
    } else {
      entries += [longs(273, starts), shorts(278, [16]), longs(279, counts)]
    }
    if let resolution = page.resolution {
      entries += [entry(282, 5, 1, number(Int(resolution), 4) + number(1, 4)), shorts(296, [3])]
    }
    if !page.below.isEmpty { entries.append(longs(330, page.below.map { directory($0).start })) }
    entries.sort { $0.0 < $1.0 }
    let start = place(number(entries.count) + entries.flatMap(\.1) + number(0))
    return (start, file.count - 8)
  }
  var link = place(number(0))
  for page in pages {
    let (start, next) = directory(page)
    file.replaceSubrange(link..<link + 8, with: number(start))
    link = next
  }
  return file
}
