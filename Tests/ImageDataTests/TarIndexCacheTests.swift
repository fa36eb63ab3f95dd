import Foundation
import ImageData
import TestSupport
import Testing

@Suite struct TarIndexCacheTests {
  private let folder: TemporaryFolder
  private var indexes: URL { folder.url.appendingPathComponent("cache/indexes") }
  private var shard: String { folder.path("shard.tar") }

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(tar((0..<3).map { ("\($0).jpg", Data(repeating: UInt8($0), count: 10)) }), to: "shard.tar")
  }

  private func names() throws -> [String] {
    let dataset = try ImageDataset(paths: [shard], indexFolder: indexes)
    return (0..<dataset.count).map { String(dataset.name(of: $0).dropFirst(shard.count + 1)) }
  }

  private func cached() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: indexes, includingPropertiesForKeys: nil)
  }

  /// Changes the shard's bytes behind the cache's back: same size, same time.
  private func swapNames() throws {
    let attributes = try FileManager.default.attributesOfItem(atPath: shard)
    let other = tar((3..<6).map { ("\($0).jpg", Data(repeating: UInt8($0), count: 10)) })
    // In place, since a new file would have another time of change.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: shard))
    try handle.write(contentsOf: other)
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: attributes[.modificationDate]!], ofItemAtPath: shard)
  }

  @Test func keptIndexServesUntilTheShardChanges() throws {
    // A whole second, which every file system and Foundation can set again exactly.
    let date = Date(timeIntervalSince1970: 1_700_000_000)
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: shard)
    #expect(try names() == ["0.jpg", "1.jpg", "2.jpg"])
    #expect(try cached().count == 1)
    try swapNames()
    #expect(try names() == ["0.jpg", "1.jpg", "2.jpg"], "the kept index was not used")
    try FileManager.default.setAttributes([.modificationDate: date + 1], ofItemAtPath: shard)
    #expect(try names() == ["3.jpg", "4.jpg", "5.jpg"])
    try folder.write(tar([("7.jpg", Data([7]))]), to: "shard.tar")
    #expect(try names() == ["7.jpg"])
    #expect(try cached().count == 1, "the new index takes the old one's place")
  }

  @Test func keptIndexFindsTheSameBytes() throws {
    for _ in 0..<2 {
      let dataset = try ImageDataset(paths: [shard], indexFolder: indexes)
      let contents = try (0..<3).map { try dataset.withBytes(of: $0) { Array($0) } }
      #expect(contents == (0..<3).map { [UInt8](repeating: UInt8($0), count: 10) })
    }
  }

  @Test func damagedIndexIsAsGoodAsNone() throws {
    _ = try names()
    let file = try #require(try cached().first)
    let whole = try Data(contentsOf: file)
    for damaged in [Data(), whole.dropLast(3), whole + [0], Data(repeating: 0xff, count: whole.count)] {
      try damaged.write(to: file)
      #expect(try names() == ["0.jpg", "1.jpg", "2.jpg"])
      #expect(try Data(contentsOf: file) == whole, "a good one takes its place")
    }
  }

  @Test func cutShardsAreIndexedAnew() throws {
    let whole = try Data(contentsOf: URL(fileURLWithPath: shard))
    try folder.write(whole.prefix(2048), to: "shard.tar")
    for _ in 0..<2 {
      let dataset = try ImageDataset(paths: [shard], indexFolder: indexes)
      #expect(dataset.count == 2 && dataset.problems.map(\.name) == [shard + ":after 2 members"])
    }
  }

  @Test func aFolderThatCannotBeMadeIsDoneWithout() throws {
    try folder.write(Data(), to: "cache")
    #expect(try names() == ["0.jpg", "1.jpg", "2.jpg"])
  }
}
