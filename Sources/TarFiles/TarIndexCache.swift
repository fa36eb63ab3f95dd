import DurableFiles
package import Foundation

/// Indexes of tar shards in a folder, so that a shard's headers are read once and not at every start.
///
/// An index counts for the size and the time of change of the shard that it was made from. It can be made again at any
/// time: one that cannot be read or written is as good as none, and the folder may be deleted.
package struct TarIndexCache: Sendable {
  private static let format = Data("splitmask tar index 2\n".utf8)

  private let folder: URL

  package init(_ folder: URL) {
    self.folder = folder
  }

  /// The index of a shard: the kept one where it still counts, else a new one, which is kept if the shard is whole.
  ///
  /// - Throws: `ImageError` when the shard cannot be read at all.
  package func index(ofShard path: [UInt8]) throws -> TarShardIndex {
    guard let shard = FileState(path: path) else { return try TarShardIndex(path: path) }
    let file = folder.appendingPathComponent(shard.pathHash + ".tarindex")
    if let data = try? Data(contentsOf: file), let members = Self.decode(data, of: shard) {
      return TarShardIndex(members: members)
    }
    let index = try TarShardIndex(path: path)
    if index.problem == nil, index.lostLinks.isEmpty {
      try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try? AtomicFile.write(Self.encode(index.members, of: shard), to: file)
    }
    return index
  }

  /// Numbers are 64 bits, the least significant byte first: size, seconds, nanoseconds, the path's length and the path;
  /// the number of members; for each its place, its size, its name's length and its name.
  private static func encode(_ members: [TarShardIndex.Member], of shard: FileState) -> Data {
    var data = format
    func put(_ number: Int) { withUnsafeBytes(of: UInt64(number).littleEndian) { data.append(contentsOf: $0) } }
    for number in [shard.size, shard.seconds, shard.nanoseconds, shard.path.count] { put(number) }
    data.append(contentsOf: shard.path)
    put(members.count)
    for member in members {
      for number in [member.range.lowerBound, member.range.count, member.name.count] { put(number) }
      data.append(contentsOf: member.name)
    }
    return data
  }

  /// nil when the data is of another shard, of another state of it, or damaged.
  private static func decode(_ data: Data, of shard: FileState) -> [TarShardIndex.Member]? {
    var reader = Reader(rest: data[...])
    guard reader.bytes(format.count).map({ $0.elementsEqual(format) }) == true, reader.number() == shard.size,
      reader.number() == shard.seconds, reader.number() == shard.nanoseconds, reader.number() == shard.path.count,
      reader.bytes(shard.path.count).map({ $0.elementsEqual(shard.path) }) == true, let count = reader.number()
    else { return nil }
    var members: [TarShardIndex.Member] = []
    for _ in 0..<count {
      guard let start = reader.number(), let length = reader.number(), let nameLength = reader.number(),
        let name = reader.bytes(nameLength), start <= shard.size, length <= shard.size - start
      else { return nil }
      members.append(TarShardIndex.Member(name: Array(name), range: start..<(start + length)))
    }
    return reader.rest.isEmpty ? members : nil
  }

  private struct Reader {
    var rest: Data.SubSequence

    mutating func bytes(_ count: Int) -> Data.SubSequence? {
      guard count <= rest.count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }

    /// nil at the end, and for what is no length or place.
    mutating func number() -> Int? {
      bytes(8).flatMap { Int(exactly: $0.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }) }
    }
  }
}
