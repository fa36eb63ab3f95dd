/// Names, places and labels of all images of a data set; what its subsets share.
package final class DatasetEntries: Sendable {
  /// A folder, a shard or a file of CIFAR-10, and the run of entries that lie in it.
  struct Container: Sendable {
    let path: [UInt8]
    let firstEntry: Int
    /// The content's place of each entry inside a file; nil for a folder.
    let ranges: [Range<Int>]?
    /// Whether the content is CIFAR-10's planes of pixels and not an image file.
    let holdsPlanes: Bool
    /// Whether it is an image that was named by itself.
    var isSingleImage = false
  }

  let classNames: [String]
  let labels: [Int32]
  let report: ListingReport
  /// The paths that were given.
  private let sources: [[UInt8]]
  private let containers: [Container]
  private let names: NameTable

  init(
    containers: [Container], names: NameTable, labels: [Int32], classNames: [String], report: ListingReport,
    sources: [[UInt8]]
  ) {
    self.containers = containers
    self.names = names
    self.labels = labels
    self.classNames = classNames
    self.report = report
    self.sources = sources
  }

  var count: Int { names.count }

  /// How many tar shards there are; 0 where some entries lie elsewhere.
  var shardCount: Int { containers.allSatisfy { $0.ranges != nil && !$0.holdsPlanes } ? containers.count : 0 }

  func name(of entry: Int) -> String {
    let container = container(of: entry)
    if container.ranges == nil { return PrintableName.text(path(of: entry, in: container)) }
    return PrintableName.text(container.path + [UInt8(ascii: ":")] + names[entry])
  }

  /// The name's bytes without the place of the folder or of the shard.
  func relativeName(of entry: Int) -> [UInt8] {
    let container = container(of: entry)
    guard container.ranges != nil else { return Array(names[entry]) }
    let file = container.path.split(separator: UInt8(ascii: "/")).last ?? []
    return file + [UInt8(ascii: ":")] + names[entry]
  }

  /// Calls `body` with the place of each entry in the file system, `..` and links to its folder or shard resolved: the same
  /// for the same file, however it was named.
  func forEachPlace(of entries: some Sequence<Int>, _ body: ([UInt8]) -> Void) {
    var known: [[UInt8]: [UInt8]] = [:]
    func canonical(_ path: some Collection<UInt8>) -> [UInt8] {
      let path = Array(path)
      if let place = known[path] { return place }
      let place = BytePath.canonical(path)
      known[path] = place
      return place
    }
    for entry in entries {
      let container = container(of: entry)
      if container.ranges != nil {
        body(canonical(container.path) + [UInt8(ascii: ":")] + names[entry])
        continue
      }
      let path = path(of: entry, in: container)
      let slash = path.lastIndex(of: UInt8(ascii: "/"))
      let folder = canonical(path[..<(slash ?? 0)])
      body(BytePath.joined(slash == 0 ? [UInt8(ascii: "/")] : folder, path[(slash.map { $0 + 1 } ?? 0)...]))
    }
  }

  /// The folders that an image lies in, below what was given, and its file's name; as ``OutputNames`` follows them.
  func placeComponents(of entry: Int) -> [ArraySlice<UInt8>] {
    let container = container(of: entry)
    let name = names[entry]
    let parts = Self.parts(name)
    if container.isSingleImage || container.ranges == nil && name.first == UInt8(ascii: "/") { return parts.suffix(1) }
    guard container.ranges == nil else {
      let file = Self.parts(container.path[...]).last ?? []
      return [file.lastIndex(of: UInt8(ascii: ".")).map { file[..<$0] } ?? file] + parts
    }
    let folders = containers.lazy.filter { $0.ranges == nil && !$0.isSingleImage }.prefix(2).count
    return (folders > 1 ? Self.parts(container.path[...]).suffix(1) : []) + parts
  }

  /// Calls `body` with the path of every file that images are read from or named in, and of every folder that was given.
  func forEachFile(_ body: ([UInt8]) -> Void) {
    sources.forEach(body)
    for (position, container) in containers.enumerated() {
      guard container.ranges == nil else {
        body(container.path)
        continue
      }
      let end = position + 1 < containers.count ? containers[position + 1].firstEntry : count
      for entry in container.firstEntry..<end { body(path(of: entry, in: container)) }
    }
  }

  /// The names in a path that lead somewhere.
  private static func parts(_ path: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
  }

  func withBytes<Result>(
    of entry: Int, buffer: FileBuffer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let container = container(of: entry)
    if let ranges = container.ranges {
      return try buffer.withBytes(ofFile: container.path, range: ranges[entry - container.firstEntry]) { bytes in
        guard container.holdsPlanes else { return try body(bytes) }
        return try CIFARBatch.bitmap(planes: bytes).withUnsafeBytes(body)
      }
    }
    return try buffer.withBytes(ofFile: path(of: entry, in: container), body)
  }

  private func path(of entry: Int, in container: Container) -> [UInt8] {
    BytePath.joined(container.path, names[entry])
  }

  /// The last container that starts at or before the entry.
  private func container(of entry: Int) -> Container {
    var low = 0
    var high = containers.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if containers[middle].firstEntry <= entry { low = middle } else { high = middle }
    }
    return containers[low]
  }
}
