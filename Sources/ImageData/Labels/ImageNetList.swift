import Foundation

/// A list of ImageNet's training images by file name, as the 1 % and 10 % subsets are published
/// (`n01440764_10026.JPEG`); the class is the synset that the name begins with.
enum ImageNetList {
  /// The synset of a file name such as `n01440764_10026.JPEG`; nil for any other.
  static func synset(of name: String) -> String? {
    let parts = name.split(separator: "_")
    guard parts.count == 2, parts[0].count == 9, parts[0].first == "n", parts[0].dropFirst().allSatisfy(\.isNumber),
      parts[1].lowercased().hasSuffix(".jpeg"), parts[1].dropLast(5).allSatisfy(\.isNumber)
    else { return nil }
    return String(parts[0])
  }

  /// The images lie in folders of their synsets, in the list's folder, its `train`, or the folder above; or all beside
  /// the list.
  ///
  /// - Throws: `DatasetError`, with file and line.
  static func read(_ path: String) throws -> ListedImages {
    let entries = try TextLines(path: path).lines.map { line in
      guard let synset = synset(of: line.text) else {
        throw DatasetError(
          "\(path), line \(line.number): '\(line.text)' is no file name of ImageNet, such as n01440764_10026.JPEG")
      }
      return (name: line.text, synset: synset)
    }
    let folder = ListedImages.folder(of: path)
    let above = folder.isEmpty ? ".." : folder + "/.."
    let below = ["train", "ILSVRC/Data/CLS-LOC/train"].map { ListedImages.path($0, in: folder) }
    let some = entries.prefix(64)
    func holds(_ root: String, _ name: (String, String) -> String) -> Bool {
      some.contains { access(ListedImages.path(name($0.name, $0.synset), in: root), F_OK) == 0 }
    }
    let nested = { (name: String, synset: String) in synset + "/" + name }
    let isFlat = holds(folder) { name, _ in name }
    let roots = [folder] + below + [above, above + "/train"]
    guard let root = isFlat ? folder : roots.first(where: { holds($0, nested) }) else {
      let example = ListedImages.path(nested(entries[0].name, entries[0].synset), in: folder)
      throw DatasetError(
        """
        none of the images that \(path) lists is there, such as \(example); put the list into the folder of ImageNet's \
        class folders, or the one above it
        """)
    }
    var images = ListedImages(source: path, root: root)
    for entry in entries {
      let name = isFlat ? entry.name : nested(entry.name, entry.synset)
      images.append(Array(name.utf8), class: entry.synset)
    }
    return images
  }
}
