public import Foundation
import ImageCoding
import SplitMaskCore

extension ImageDataset {
  /// The tiles of each image, as images of their own. A tile of a photograph is one of 8-bit RGB, any other has the samples
  /// of its file.
  ///
  /// TIFF files, also BigTIFF and Aperio's SVS, are read in place: a tile takes the memory of itself and of the file's
  /// strips or tiles that hold it. Any other format, and what lies in a shard, is decoded whole for every tile. An image that
  /// cannot be read, or is smaller than half a tile, is among the ``problems``. Tiles have their image's class, and are
  /// called by the place of their upper left corner: `slide.tif#x1024y2048`, of another level than the finest
  /// `slide.tif#level2x1024y2048`.
  ///
  /// - Parameters:
  ///   - tiling: which tiles.
  ///   - indexFolder: a folder in which lists of tiles are kept from one time to the next, made if need be; nil looks for
  ///     background each time.
  /// - Throws: `InvalidSetting`; `DatasetError` where an image does not have the level, which lists those it has, where no
  ///   tile is left, or where the images are tiles already.
  public func tiled(_ tiling: Tiling, indexFolder: URL? = nil) throws -> ImageDataset {
    try tiling.validate()
    let cache = indexFolder.map(TileListCache.init)
    guard entries.tiles == nil else { throw DatasetError("the images are tiles already, and are not cut again") }
    var table = TileTable()
    var problems: [SkippedImage] = []
    var background = 0
    let buffer = FileBuffer()
    for index in 0..<count {
      let (entry, name) = (entry(of: index), name(of: index))
      WorkProgress.report("listing the tiles of images", done: index, total: count)
      do {
        let make = {
          try entries.withLargeImage(entry, buffer: buffer) { try TileList($0, name: name, tiling) }
        }
        let path = entries.ownFile(of: entry)
        let list = if let cache, let path { try cache.list(of: path, tiling, make: make) } else { try make() }
        background += list.backgroundCount
        table.append(list, of: entry)
      } catch let error as ImageError {
        problems.append(SkippedImage(index: nil, name: name, reason: "\(error)"))
      }
    }
    guard table.count > 0 else {
      let reason = problems.first.map { "; \($0)" } ?? ""
      throw DatasetError("no tile is left of \(count) images: \(background) are background\(reason)")
    }
    var report = entries.report
    report.problems += problems
    if background > 0 {
      report.background =
        "\(HumanReadable.count(background)) of \(HumanReadable.count(table.count + background)) tiles are background"
    }
    return ImageDataset(entries: DatasetEntries(table, of: entries, report: report))
  }
}
