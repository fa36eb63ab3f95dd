import Foundation
import SplitMaskCore
import TarFiles

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
  /// What cannot be read: the cut end (see `TarShardIndex.problem`), and images that are links to nothing.
  let problems: [(member: String, reason: String)]
  /// Members of samples without an image.
  private(set) var others = FileCounts()

  /// - Parameters:
  ///   - path: as bytes.
  ///   - cache: where indexes of shards are kept; nil indexes anew.
  /// - Throws: `ImageError` when the file cannot be read at all.
  init(path: [UInt8], readClasses: Bool, cache: TarIndexCache? = nil) throws {
    let index = try cache?.index(ofShard: path) ?? TarShardIndex(path: path)
    problems =
      index.lostLinks.filter { ImageSource.isImageName($0.name) }.map { link in
        let target = PrintableName.text(link.target)
        return (PrintableName.text(link.name), "is a link to \(target), which is no file of the shard")
      } + (index.problem.map { [$0] } ?? [])
    let buffer = FileBuffer()
    var sample: [TarShardIndex.Member] = []
    var sampleKey: ArraySlice<UInt8> = []
    for member in index.members {
      guard let (key, _) = Self.split(member.name) else {
        others.add(member.name)
        continue
      }
      if key != sampleKey {
        try close(&sample, path: path, readClasses: readClasses, buffer: buffer)
        sampleKey = key
      }
      sample.append(member)
    }
    try close(&sample, path: path, readClasses: readClasses, buffer: buffer)
  }

  /// The key of an image whose name has further dots, `img` of `img.0001.jpg`; nil where the key is all but the ending.
  static func shortenedKey(of name: some Collection<UInt8>) -> String? {
    guard let (key, suffix) = split(Array(name)), suffix.contains(".") else { return nil }
    return PrintableName.text(key)
  }

  /// Takes over a sample's images. Of `1.jpg` and `1.mask.png` only the first is: the other belongs to it.
  private mutating func close(
    _ sample: inout [TarShardIndex.Member], path: [UInt8], readClasses: Bool, buffer: FileBuffer
  ) throws {
    defer { sample.removeAll(keepingCapacity: true) }
    let candidates = sample.filter { ImageSource.isImageName($0.name) }
    guard !candidates.isEmpty else {
      for member in sample { others.add(member.name) }
      return
    }
    let label = sample.first { Self.split($0.name)?.suffix == "cls" }
    var className: String?
    if readClasses, let label {
      className = try buffer.withBytes(ofFile: path, range: label.range) { bytes in
        let end = bytes.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? 0
        return PrintableName.text(bytes[..<end].drop(while: Self.isSpace))
      }
    }
    let plain = candidates.filter { Self.split($0.name)?.suffix.contains(".") == false }
    for member in plain.isEmpty ? candidates : plain {
      images.append(Image(name: member.name, range: member.range, className: className))
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

  /// The key, and what follows the first dot of the last part; nil for a hidden file and one without a dot.
  private static func split(_ name: [UInt8]) -> (key: ArraySlice<UInt8>, suffix: String)? {
    let base = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
    guard let dot = name[base...].firstIndex(of: UInt8(ascii: ".")), dot > base else { return nil }
    return (name[..<dot], String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased())
  }
}
