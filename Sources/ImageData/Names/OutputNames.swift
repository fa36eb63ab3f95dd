/// Names for the files that are made of each image of a data set, below one folder. No two are the same, also on a file
/// system that does not tell capital letters apart.
///
/// They follow the images' places: `sub/x.jpg` of a folder gives `sub/x` and the suffix. Of several folders each has one
/// of its own; so has a shard; an image that is named by itself, or by an absolute path in a list, gives its file's name
/// alone. Images whose files would have the same name keep the ending in it, `x.jpg` and `x.png`, and if that does not
/// tell them apart get a number. Names too long for a file system are cut and end in a digest; those that are not valid
/// UTF-8 have the bytes beyond ASCII as `%` and two hexadecimal digits.
package struct OutputNames {
  private let stems: [String]
  private let suffixes: [String]
  /// The images whose files are not called as their place says, because another image's would be called the same.
  package private(set) var renamed: [Int] = []

  /// - Parameters:
  ///   - suffixes: what the names of an image's files end in, such as `.png` and `-overlay.png`.
  ///   - reserved: names of other files in the folder.
  ///   - limit: the most bytes of a file's name.
  package init(of images: ImageDataset, suffixes: [String], reserved: [String] = [], limit: Int = 255) {
    self.suffixes = suffixes
    let longest = limit - (suffixes.map(\.utf8.count).max() ?? 0)
    let places = (0..<images.count).map { Place(images.placeComponents(of: $0), limit: longest) }
    func keys(_ stem: String) -> [String] { suffixes.map { Self.key(stem + $0) } }
    // How often each name is wanted; a folder's name is as good as taken.
    var wanted: [String: Int] = [:]
    for name in Set(places.flatMap(\.folders) + reserved) { wanted[Self.key(name), default: 0] += 1 }
    for place in places { for key in keys(place.plain) { wanted[key, default: 0] += 1 } }
    var stems = places.map(\.plain)
    // Where to go on counting, since all images may be called the same.
    var nextNumber: [String: Int] = [:]
    for (index, place) in places.enumerated() where keys(place.plain).contains(where: { wanted[$0]! > 1 }) {
      renamed.append(index)
      let name = Self.key(place.withEnding(number: 1))
      var number = nextNumber[name, default: 1]
      repeat {
        stems[index] = place.withEnding(number: number)
        number += 1
      } while keys(stems[index]).contains { wanted[$0] != nil }
      nextNumber[name] = number
      for key in keys(stems[index]) { wanted[key] = 1 }
    }
    self.stems = stems
  }

  /// The paths of an image's files, one for each suffix, relative to the folder.
  package func files(of index: Int) -> [String] { suffixes.map { stems[index] + $0 } }

  /// All files of all images.
  package var all: [String] { stems.indices.flatMap(files) }

  /// Equal for names that some file system takes for the same.
  private static func key(_ name: String) -> String {
    let lower = name.lowercased()
    return lower.utf8.allSatisfy { $0 < 0x80 } ? lower : lower.precomposedStringWithCanonicalMapping
  }

  /// Where an image's files go.
  private struct Place {
    /// The folders, each with those above it.
    let folders: [String]
    private let prefix: String
    private let file: String
    private let limit: Int

    init(_ components: [ArraySlice<UInt8>], limit: Int) {
      let names = components.map { Self.shortened(Self.text($0), limit: limit) }
      folders = names.indices.dropLast().map { names[...$0].joined(separator: "/") }
      prefix = folders.last.map { $0 + "/" } ?? ""
      file = components.last.map(Self.text) ?? "image"
      self.limit = limit
    }

    /// Without the ending.
    var plain: String {
      let dot = file.lastIndex(of: ".").flatMap { $0 == file.startIndex ? nil : $0 }
      return prefix + Self.shortened(String(file[..<(dot ?? file.endIndex)]), limit: limit)
    }

    /// With the ending and, from 2 on, a number.
    func withEnding(number: Int) -> String {
      let suffix = number == 1 ? "" : "-\(number)"
      return prefix + Self.shortened(file, limit: limit - suffix.utf8.count) + suffix
    }

    private static func text(_ name: ArraySlice<UInt8>) -> String {
      if let text = String(validating: name, as: UTF8.self) { return text }
      return name.map { byte in
        byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
      }.joined()
    }

    private static func shortened(_ name: String, limit: Int) -> String {
      guard name.utf8.count > limit else { return name }
      let digest = Array(name.utf8).withUnsafeBytes { ContentDigest($0) }.description.prefix(12)
      var kept = name[...]
      while kept.utf8.count > limit - digest.count - 1 { kept.removeLast() }
      return "\(kept)-\(digest)"
    }
  }
}
