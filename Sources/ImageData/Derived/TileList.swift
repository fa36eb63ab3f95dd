import ImageCoding
import SplitMaskCore

/// The tiles of one image: what is kept from one time to the next.
struct TileList: Codable, Hashable, Sendable {
  /// Which of the image's levels.
  let level: Int
  /// Columns of a tile.
  let width: Int
  /// Rows of a tile.
  let height: Int
  /// Of the upper left corners.
  private(set) var lefts: [Int32] = []
  /// Of the upper left corners.
  private(set) var tops: [Int32] = []
  /// How many tiles were left out.
  private(set) var backgroundCount = 0
  /// The value that stands for no measurement.
  let nodata: Double?
  /// As the file names them.
  let channelNames: [String]

  /// Lists the tiles of an image, and looks at the values where background is to be left out.
  ///
  /// - Throws: `ImageError`; `DatasetError` where the level is not there.
  init(_ image: LargeImage, name: String, _ tiling: Tiling) throws {
    level = try image.number(of: tiling.level, name: name)
    (nodata, channelNames) = (image.header.nodata, image.header.channelNames)
    let size = image.levels[level]
    let (columns, rows) = (tiling.starts(along: size.width), tiling.starts(along: size.height))
    (width, height) = (columns.size, rows.size)
    guard !columns.starts.isEmpty, !rows.starts.isEmpty else {
      throw ImageError.unsupported("it has \(size.width) x \(size.height) pixels, less than half a tile")
    }
    let isBackground =
      try tiling.background.map {
        try TileBackground($0, image.readyToScan(), level: level, tile: (width, height))
          .decide(columns.starts, rows.starts, name)
      } ?? []
    for (row, top) in rows.starts.enumerated() {
      for (column, left) in columns.starts.enumerated() {
        let box = CropBox(left: left, top: top, width: width, height: height)
        let place = row * columns.starts.count + column
        if try !isBackground.isEmpty && isBackground[place] || !image.isStored(box, level: level) {
          backgroundCount += 1
        } else {
          lefts.append(Int32(left))
          tops.append(Int32(top))
        }
      }
    }
  }

  var count: Int { lefts.count }

  func box(_ tile: Int) -> CropBox {
    CropBox(left: Int(lefts[tile]), top: Int(tops[tile]), width: width, height: height)
  }

  /// What a tile's name has behind the image's.
  func suffix(_ tile: Int) -> [UInt8] {
    Array("#\(level == 0 ? "" : "level\(level)")x\(lefts[tile])y\(tops[tile])".utf8)
  }
}
