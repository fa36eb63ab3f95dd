import ImageData

/// The names of images in tar shards, without an ending: where they lie below what was given. A name's first dot ends a
/// sample's key, so dots are `_`; no two are the same.
struct PackedNames {
  private let keys: [String]

  init(of images: ImageDataset) {
    let names = OutputNames(of: images, suffixes: [""])
    var used: Set<String> = []
    keys = (0..<images.count).map { index in
      let path = names.files(of: index)[0].split(separator: "/", omittingEmptySubsequences: false)
      let file = path.last!.replacing(".", with: "_")
      let plain = (path.dropLast() + [file[...]]).joined(separator: "/")
      let key =
        used.contains(plain) ? (2...).lazy.map { "\(plain)-\($0)" }.first { !used.contains($0) }! : plain
      used.insert(key)
      return key
    }
  }

  subscript(index: Int) -> String { keys[index] }
}
