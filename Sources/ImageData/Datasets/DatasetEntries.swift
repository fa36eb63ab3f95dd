import DurableFiles
import ImageCoding
import SplitMaskCore

/// Names, places and labels of all images of a data set; what its subsets share.
///
/// An entry is an image, or a tile of one. An image lies in one file, or, where files are grouped, in one for each of its
/// channels.
package final class DatasetEntries: Sendable {
  /// A folder, a shard or a file of CIFAR-10, and the run of files that lie in it.
  struct Container: Sendable {
    let path: [UInt8]
    let firstFile: Int
    /// The content's place of each file inside a shard; nil for a folder.
    let ranges: [Range<Int>]?
    /// Whether the content is CIFAR-10's planes of pixels and not an image file.
    let holdsPlanes: Bool
    /// Whether it is an image that was named by itself.
    var isSingleImage = false
  }

  let classNames: [String]
  /// Of each entry; empty without classes.
  let labels: [Int32]
  /// Which files are the channels of which image; nil where every file is an image.
  let channelFiles: ChannelFiles?
  /// Which tile of which image an entry is; nil where entries are images.
  let tiles: TileTable?
  let report: ListingReport
  /// The paths that were given.
  let sources: [[UInt8]]
  private let containers: [Container]
  /// Of each file.
  private let names: NameTable

  init(
    containers: [Container], names: NameTable, channelFiles: ChannelFiles?, labels: [Int32], classNames: [String],
    report: ListingReport, sources: [[UInt8]]
  ) {
    self.containers = containers
    self.names = names
    self.channelFiles = channelFiles
    self.labels = labels
    self.classNames = classNames
    self.report = report
    self.sources = sources
    tiles = nil
  }

  /// The tiles of another one's images.
  init(_ tiles: TileTable, of images: DatasetEntries, report: ListingReport) {
    containers = images.containers
    names = images.names
    channelFiles = images.channelFiles
    labels = images.labels.isEmpty ? [] : (0..<tiles.count).map { images.labels[tiles.place(of: $0).image] }
    classNames = images.classNames
    self.report = report
    sources = images.sources
    self.tiles = tiles
  }

  var count: Int { tiles?.count ?? channelFiles?.imageCount ?? names.count }

  /// The file that an entry has its name from: of several the first channel's.
  private func file(of entry: Int) -> Int {
    let image = tiles?.place(of: entry).image ?? entry
    return channelFiles?.first(of: image) ?? image
  }

  /// What a tile's name has behind its image's.
  private func suffix(of entry: Int) -> [UInt8] {
    tiles.map { tiles in
      let place = tiles.place(of: entry)
      return place.tiles.suffix(place.number)
    } ?? []
  }

  /// How many tar shards there are; 0 where some entries lie elsewhere.
  var shardCount: Int { containers.allSatisfy { $0.ranges != nil && !$0.holdsPlanes } ? containers.count : 0 }

  func name(of entry: Int) -> String {
    name(ofFile: file(of: entry)) + String(decoding: suffix(of: entry), as: UTF8.self)
  }

  private func name(ofFile file: Int) -> String {
    let container = container(of: file)
    if container.ranges == nil { return PrintableName.text(path(of: file, in: container)) }
    return PrintableName.text(container.path + [UInt8(ascii: ":")] + names[file])
  }

  /// The name's bytes without the place of the folder or of the shard.
  func relativeName(of entry: Int) -> [UInt8] {
    let file = file(of: entry)
    let container = container(of: file)
    guard container.ranges != nil else { return names[file] + suffix(of: entry) }
    let shard = container.path.split(separator: UInt8(ascii: "/")).last ?? []
    return shard + [UInt8(ascii: ":")] + names[file] + suffix(of: entry)
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
      let (file, suffix) = (file(of: entry), suffix(of: entry))
      let container = container(of: file)
      if container.ranges != nil {
        body(canonical(container.path) + [UInt8(ascii: ":")] + names[file] + suffix)
        continue
      }
      let path = path(of: file, in: container)
      let slash = path.lastIndex(of: UInt8(ascii: "/"))
      let folder = canonical(path[..<(slash ?? 0)])
      body(BytePath.joined(slash == 0 ? [UInt8(ascii: "/")] : folder, path[(slash.map { $0 + 1 } ?? 0)...]) + suffix)
    }
  }

  /// The folders that an image lies in, below what was given, and its file's name; as ``OutputNames`` follows them.
  func placeComponents(of entry: Int) -> [ArraySlice<UInt8>] {
    let file = file(of: entry)
    let container = container(of: file)
    let name = Self.named(names[file], suffix(of: entry))
    let parts = Self.parts(name)
    if container.isSingleImage || container.ranges == nil && name.first == UInt8(ascii: "/") { return parts.suffix(1) }
    guard container.ranges == nil else {
      let shard = Self.parts(container.path[...]).last ?? []
      return [shard.lastIndex(of: UInt8(ascii: ".")).map { shard[..<$0] } ?? shard] + parts
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
      let end = position + 1 < containers.count ? containers[position + 1].firstFile : names.count
      for file in container.firstFile..<end { body(path(of: file, in: container)) }
    }
  }

  /// A name with a suffix in front of its ending.
  private static func named(_ name: ArraySlice<UInt8>, _ suffix: [UInt8]) -> ArraySlice<UInt8> {
    guard !suffix.isEmpty else { return name }
    let base = name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? name.startIndex
    let end = name[base...].lastIndex(of: UInt8(ascii: ".")) ?? name.endIndex
    return name[..<end] + suffix + name[end...]
  }

  /// The names in a path that lead somewhere.
  private static func parts(_ path: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }
  }

  func withBytes<Result>(
    of entry: Int, buffer: FileBuffer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard let tiles else { return try withBytes(ofImage: entry, buffer: buffer, body) }
    let (image, list, number) = tiles.place(of: entry)
    let tile = try withLargeImage(image, buffer: buffer) {
      try $0.encoded(list.box(number), level: list.level)
    }
    return try tile.withUnsafeBytes(body)
  }

  /// Bytes of a file in which most formats have all that they say of their samples.
  private static let headByteCount = 1 << 16

  /// What an entry says of its samples.
  func sampleHeader(of entry: Int, buffer: FileBuffer) throws -> SampleHeader {
    guard tiles == nil else {
      return try withBytes(of: entry, buffer: buffer) { try EncodedImage(bytes: $0).sampleHeader() }
    }
    guard let channelFiles else { return try sampleHeader(ofFile: entry, buffer: buffer) }
    return try channelFiles.header(
      try sampleHeader(ofFile: channelFiles.first(of: entry), buffer: buffer))
  }

  private func sampleHeader(ofFile file: Int, buffer: FileBuffer) throws -> SampleHeader {
    let container = container(of: file)
    if container.ranges == nil {
      let path = path(of: file, in: container)
      // Where in the file a TIFF has its directories, anybody may choose.
      if try LargeImage.isTIFF(path, buffer: buffer), let header = try? SampleHeader(ofTIFF: PartialFile(path: path)) {
        return header
      }
    }
    let head = try? withBytes(ofFile: file, limit: Self.headByteCount, buffer: buffer) {
      try EncodedImage(bytes: $0).sampleHeader()
    }
    return try head ?? withBytes(ofFile: file, buffer: buffer) { try EncodedImage(bytes: $0).sampleHeader() }
  }

  /// Opens an image of which parts are read; valid inside `body` only.
  func withLargeImage<Result>(
    _ image: Int, buffer: FileBuffer, _ body: (LargeImage) throws -> Result
  ) throws -> Result {
    if let path = ownFile(of: image), try LargeImage.isTIFF(path, buffer: buffer) {
      return try body(.pyramid(TIFFPyramid(PartialFile(path: path))))
    }
    return try withBytes(ofImage: image, buffer: buffer) { try body(LargeImage(EncodedImage(bytes: $0))) }
  }

  /// The path of the one file that an image is, where it is that alone.
  func ownFile(of image: Int) -> [UInt8]? {
    let container = container(of: image)
    return channelFiles == nil && container.ranges == nil ? path(of: image, in: container) : nil
  }

  private func withBytes<Result>(
    ofImage image: Int, buffer: FileBuffer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    guard let channelFiles else { return try withBytes(ofFile: image, buffer: buffer, body) }
    return try channelFiles.encoded(image, path: name(ofFile:)) { file, body in
      try withBytes(ofFile: file, buffer: buffer, body)
    }.withUnsafeBytes(body)
  }

  /// - Parameter limit: how many bytes are read, where they are the file's own; nil for all.
  private func withBytes<Result>(
    ofFile file: Int, limit: Int? = nil, buffer: FileBuffer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let container = container(of: file)
    guard let ranges = container.ranges else {
      return try buffer.withBytes(
        ofFile: path(of: file, in: container), range: limit.map { 0..<$0 }, mayEndEarly: limit != nil, body)
    }
    let range = ranges[file - container.firstFile]
    guard !container.holdsPlanes else {
      return try buffer.withBytes(ofFile: container.path, range: range) {
        try CIFARBatch.bitmap(planes: $0).withUnsafeBytes(body)
      }
    }
    return try buffer.withBytes(ofFile: container.path, range: limit.map { range.prefix($0) } ?? range, body)
  }

  private func path(of file: Int, in container: Container) -> [UInt8] {
    BytePath.joined(container.path, names[file])
  }

  private func container(of file: Int) -> Container { containers.container(of: file) }
}

extension [DatasetEntries.Container] {
  /// The last container that starts at or before the file.
  func container(of file: Int) -> DatasetEntries.Container {
    var low = 0
    var high = count
    while high - low > 1 {
      let middle = (low + high) / 2
      if self[middle].firstFile <= file { low = middle } else { high = middle }
    }
    return self[low]
  }
}
