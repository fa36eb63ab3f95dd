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
  }

  let classNames: [String]
  let labels: [Int32]
  let problems: [SkippedImage]
  let outputsPassedOver: Int
  private let containers: [Container]
  private let names: NameTable

  init(
    containers: [Container], names: NameTable, labels: [Int32], classNames: [String], problems: [SkippedImage],
    outputsPassedOver: Int
  ) {
    self.containers = containers
    self.names = names
    self.labels = labels
    self.classNames = classNames
    self.problems = problems
    self.outputsPassedOver = outputsPassedOver
  }

  var count: Int { names.count }

  /// How many tar shards there are; 0 where some entries lie elsewhere.
  var shardCount: Int { containers.allSatisfy { $0.ranges != nil && !$0.holdsPlanes } ? containers.count : 0 }

  func name(of entry: Int) -> String {
    let container = container(of: entry)
    if container.ranges == nil { return String(decoding: path(of: entry, in: container), as: UTF8.self) }
    return String(decoding: container.path + [UInt8(ascii: ":")] + names[entry], as: UTF8.self)
  }

  /// The name without the place of the folder or of the shard.
  func relativeName(of entry: Int) -> String {
    let container = container(of: entry)
    let name = String(decoding: names[entry], as: UTF8.self)
    guard container.ranges != nil else { return name }
    let file = container.path.split(separator: UInt8(ascii: "/")).last ?? []
    return String(decoding: file, as: UTF8.self) + ":" + name
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
    let name = names[entry]
    if container.path.isEmpty || name.first == UInt8(ascii: "/") { return Array(name) }
    return container.path + [UInt8(ascii: "/")] + name
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
