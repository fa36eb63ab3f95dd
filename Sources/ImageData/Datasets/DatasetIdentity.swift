/// Which images a data set consists of, in a few bytes: how many, of which classes, under which names, in which order.
///
/// Places of folders and shards do not count, so that images may be moved. Neither do the contents of the files.
public struct DatasetIdentity: Codable, Hashable, Sendable {
  /// How many images there are.
  public let count: Int
  /// How many of each class; empty without classes.
  public let classes: [String: Int]
  /// A digest of all names, as bytes, and of their classes.
  public let names: String

  /// Looks at every name once: a million take some hundredths of a second.
  public init(of dataset: ImageDataset) {
    count = dataset.count
    var perClass = [Int](repeating: 0, count: dataset.classNames.count)
    var digest = ContentDigest(UnsafeRawBufferPointer(start: nil, count: 0))
    var some: [UInt8] = []
    func close() {
      some += Array("\(digest)".utf8)
      digest = some.withUnsafeBytes { ContentDigest($0) }
      some.removeAll(keepingCapacity: true)
    }
    for index in 0..<dataset.count {
      // A zero ends a name, in which there can be none.
      some += dataset.relativeBytes(of: index)
      some.append(0)
      if let label = dataset.label(of: index) {
        perClass[Int(label)] += 1
        withUnsafeBytes(of: label.littleEndian) { some += $0 }
      }
      if some.count > 1 << 16 { close() }
    }
    for name in dataset.classNames { some += Array(name.utf8) + [0] }
    close()
    classes = Dictionary(zip(dataset.classNames, perClass), uniquingKeysWith: +)
    names = "\(digest)"
  }

  /// In what another data set differs from this one, in words; nil where it is the same.
  public func difference(to other: DatasetIdentity) -> String? {
    guard self != other else { return nil }
    guard count == other.count, classes == other.classes else {
      let names = Set(classes.keys).union(other.classes.keys).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      let changed = names.first { classes[$0] != other.classes[$0] }
      let example = changed.map { "; of class '\($0)' \(classes[$0] ?? 0) then, \(other.classes[$0] ?? 0) now" } ?? ""
      return "\(count) images then, \(other.count) now\(example)"
    }
    return "\(count) images as before, but with other names, or in another order"
  }
}
