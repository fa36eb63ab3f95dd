import ImageCoding

/// Which tile of which image every entry of a data set is.
struct TileTable: Sendable {
  /// The tiles of each image, and the number of its first.
  private var lists: [(image: Int, first: Int, tiles: TileList)] = []
  /// How many tiles there are.
  private(set) var count = 0

  mutating func append(_ tiles: TileList, of image: Int) {
    lists.append((image, count, tiles))
    count += tiles.count
  }

  /// What images say of their samples.
  var firstList: TileList? { lists.first?.tiles }

  /// The names of the channels, where all images have the same.
  var channelNames: [String] {
    let names = lists.first?.tiles.channelNames ?? []
    return lists.allSatisfy { $0.tiles.channelNames == names } ? names : []
  }

  /// The image, its tiles, and which of them an entry is.
  func place(of entry: Int) -> (image: Int, tiles: TileList, number: Int) {
    var low = 0
    var high = lists.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lists[middle].first <= entry { low = middle } else { high = middle }
    }
    return (lists[low].image, lists[low].tiles, entry - lists[low].first)
  }
}
