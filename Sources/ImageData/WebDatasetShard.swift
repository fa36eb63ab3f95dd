import Foundation

/// The images of a tar shard, with the class that a `.cls` member of the same key gives.
///
/// In the WebDataset layout, a key is a member's name up to the first dot of its last part; members that follow each
/// other with the same key are one sample (https://github.com/webdataset/webdataset).
struct WebDatasetShard {
  struct Image {
    let name: [UInt8]
    let range: Range<Int>
    let className: String?
  }

  private(set) var images: [Image] = []
  /// See `TarShardIndex.problem`.
  let problem: (member: String, reason: String)?

  /// - Parameter cache: where indexes of shards are kept; nil indexes anew.
  /// - Throws: `ImageError` when the file cannot be read at all.
  init(path: String, readClasses: Bool, cache: TarIndexCache? = nil) throws {
    let index = try cache?.index(ofShard: path) ?? TarShardIndex(path: path)
    problem = index.problem
    let buffer = FileBuffer()
    var sample: [TarShardIndex.Member] = []
    var sampleKey: ArraySlice<UInt8> = []
    for member in index.members {
      guard let (key, suffix) = Self.split(member.name) else { continue }
      if key != sampleKey {
        try close(&sample, path: path, readClasses: readClasses, buffer: buffer)
        sampleKey = key
      }
      if suffix == "cls" || ImageSource.isImageName(member.name) { sample.append(member) }
    }
    try close(&sample, path: path, readClasses: readClasses, buffer: buffer)
  }

  /// Takes over a sample's images. Of `1.jpg` and `1.mask.png` only the first is: the other belongs to it.
  private mutating func close(
    _ sample: inout [TarShardIndex.Member], path: String, readClasses: Bool, buffer: FileBuffer
  ) throws {
    defer { sample.removeAll(keepingCapacity: true) }
    let label = sample.first { Self.split($0.name)?.suffix == "cls" }
    let candidates = sample.filter { ImageSource.isImageName($0.name) }
    guard !candidates.isEmpty else { return }
    var className: String?
    if readClasses, let label {
      let text = try buffer.withBytes(ofFile: Array(path.utf8), range: label.range) {
        String(decoding: $0, as: UTF8.self)
      }
      className = text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let plain = candidates.filter { Self.split($0.name)?.suffix.contains(".") == false }
    for member in plain.isEmpty ? candidates : plain {
      images.append(Image(name: member.name, range: member.range, className: className))
    }
  }

  /// The key, and what follows the first dot of the last part; nil for a hidden file and one without a dot.
  private static func split(_ name: [UInt8]) -> (key: ArraySlice<UInt8>, suffix: String)? {
    let base = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    guard let dot = name[base...].firstIndex(of: UInt8(ascii: ".")), dot > base else { return nil }
    return (name[..<dot], String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased())
  }
}
