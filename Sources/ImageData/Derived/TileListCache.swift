import DurableFiles
import Foundation

/// Lists of tiles in a folder, so that large images are looked through once and not at every start.
///
/// A list counts for the size and the time of change of its image and for the tiling. It can be made again at any time.
struct TileListCache {
  private static let version = 1

  let folder: URL

  private struct Record: Codable {
    let version: Int
    let path: [UInt8]
    let state: [Int]
    let tiling: Tiling
    let list: TileList
  }

  /// The list of an image: the kept one where it still counts, else the one that `make` makes.
  func list(of path: [UInt8], _ tiling: Tiling, make: () throws -> TileList) throws -> TileList {
    guard let state = FileState(path: path), let key = try? Self.encoder.encode(tiling) else { return try make() }
    let file = folder.appendingPathComponent("\(FileState.hash(state.path + key)).tiles")
    let numbers = [state.size, state.seconds, state.nanoseconds]
    if let data = try? Data(contentsOf: file), let record = try? JSONDecoder().decode(Record.self, from: data),
      record.version == Self.version, record.path == state.path, record.state == numbers, record.tiling == tiling
    {
      return record.list
    }
    let list = try make()
    let record = Record(version: Self.version, path: state.path, state: numbers, tiling: tiling, list: list)
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    if let data = try? Self.encoder.encode(record) { try? AtomicFile.write(data, to: file) }
    return list
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return encoder
  }
}
