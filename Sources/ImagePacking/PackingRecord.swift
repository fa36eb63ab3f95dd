import DurableFiles
import Foundation
import ImageData
import SplitMaskCore

/// What a folder of packed images remembers: of which images they are, and which shards are complete.
struct PackingRecord: Codable {
  /// A complete shard.
  struct Shard: Codable {
    let file: String
    var images = 0
    var bytes = 0
    /// Of its images' files.
    var bytesRead = 0
    var skipped: [SkippedImage] = []
  }

  private static let name = "packing.json"
  private static let version = 1

  private let version: Int
  private let images: DatasetIdentity
  private let config: ImagePacking.Config
  private(set) var shards: [Shard] = []
  private var folder: URL!

  private enum CodingKeys: String, CodingKey { case version, images, config, shards }

  /// Makes a folder, which one process at a time writes into.
  ///
  /// - Throws: `InvalidSetting` for one whose files would be among the images; `LockFile.Held`; `FileError`.
  static func prepare(_ folder: URL, for images: ImageDataset) throws -> LockFile? {
    try images.checkApart(from: folder)
    try Folders.create(folder)
    try Folders.requireWritable(folder)
    return try LockFile(folder.appending(path: ".lock"))
  }

  /// Of a folder that is there.
  ///
  /// - Throws: `InvalidSetting` where it holds something else; `FileError`.
  init(in folder: URL, of images: ImageDataset, _ config: ImagePacking.Config) throws {
    (version, self.images, self.config, self.folder) = (Self.version, DatasetIdentity(of: images), config, folder)
    let file = folder.appending(path: Self.name)
    if let data = try? Data(contentsOf: file) {
      let kept = try Self.kept(data, file)
      guard kept.version == version, kept.images == self.images, kept.config == config else {
        let change = kept.images.difference(to: self.images) ?? kept.config.difference(to: config)
        throw InvalidSetting("out", "\(folder.path) holds shards of another packing: \(change); name another folder")
      }
      shards = Array(kept.shards.prefix { Self.size(of: folder.appending(path: $0.file)) == $0.bytes })
    } else {
      let present = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      if let other = present.first(where: { !$0.hasPrefix(".") }) {
        throw InvalidSetting("out", "\(folder.path) is not empty, it has \(other); name another folder")
      }
      try write()
    }
  }

  private static func size(of file: URL) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: file.path))?[.size] as? Int
  }

  /// Images in the shards.
  var imageCount: Int { shards.reduce(0) { $0 + $1.images } }

  /// Images that are in none.
  var skipped: [SkippedImage] { shards.flatMap(\.skipped) }

  /// Notes a shard that is complete.
  ///
  /// - Throws: `FileError`.
  mutating func append(_ shard: Shard) throws {
    shards.append(shard)
    try write()
  }

  private func write() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(try encoder.encode(self) + Data("\n".utf8), to: folder.appending(path: Self.name))
  }

  private static func kept(_ data: Data, _ file: URL) throws -> PackingRecord {
    do {
      return try JSONDecoder().decode(PackingRecord.self, from: data)
    } catch {
      throw InvalidSetting("out", "\(file.path) is not what packing wrote there; name another folder")
    }
  }
}

extension ImagePacking.Config {
  /// In what another one differs, in words.
  fileprivate func difference(to other: Self) -> String {
    func text(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "as the files say" }
    let values = [
      ("a short side of", text(shortSide), text(other.shortSide)), ("quality", text(quality), text(other.quality)),
      ("images of a shard", text(imagesPerShard), text(other.imagesPerShard)),
      ("pages", text(pages), text(other.pages)),
      ("nodata", text(nodata), text(other.nodata)),
    ]
    let changes = values.filter { $0.1 != $0.2 }.map { "\($0.0) \($0.1) then, \($0.2) now" }
    return changes.isEmpty ? "it is of another version" : changes.joined(separator: "; ")
  }
}
