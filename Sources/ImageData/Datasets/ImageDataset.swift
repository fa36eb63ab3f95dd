package import ImageCoding
import SplitMaskCore

/// A list of images that lie in folders, in files named by a list, or in tar shards; optionally each with a class.
///
/// Holds names and places, no pixels: a million images cost their names and eight to twenty-eight bytes each. A
/// subset shares all of it.
public struct ImageDataset: Sendable {
  /// A folder with a file of this name holds no pictures to show, such as label maps; the convention is Android's.
  package static let exclusionMark = ".nomedia"

  package let entries: DatasetEntries
  /// The entries this data set has, in order; nil for all of them.
  private let selection: [Int32]?

  package init(entries: DatasetEntries, selection: [Int32]? = nil) {
    self.entries = entries
    self.selection = selection
  }

  /// How many images there are.
  public var count: Int { selection?.count ?? entries.count }

  /// The classes, sorted; a label is a place in this list. Empty where no labels were asked for.
  public var classNames: [String] { entries.classNames }

  /// What the channels of every image are called where each lies in a file of its own, or the images are tiles of files that
  /// say it, in their order; else empty.
  public var channelNames: [String] { entries.channelFiles?.names ?? entries.tiles?.channelNames ?? [] }

  /// Of tiles, and of images whose channels are files, the value that stands for no measurement, as the first file says; nil
  /// where it says none, and of images that say it themselves.
  package var nodata: Double? {
    if let tiles = entries.tiles { return tiles.firstList?.nodata }
    return entries.channelFiles == nil ? nil : (try? sampleHeader(of: 0, buffer: FileBuffer()))?.nodata
  }

  /// The pattern that told which files are the channels of one image; nil where every file is an image.
  public var channelFiles: String? { entries.channelFiles?.pattern }

  /// What was found unusable while the images were listed: a folder that cannot be read, the cut end of a shard.
  public var problems: [SkippedImage] { entries.report.problems }

  /// How many images and tar files below the folders given were passed over because `splitmask` wrote them: pictures in
  /// run folders, predictions.
  public var outputsPassedOver: Int { entries.report.outputsPassedOver }

  /// How many files below the folders given, or in samples of shards without an image, are none that can be read: by the
  /// ending of their names, in lower case with its dot, or under the empty text where they have none.
  public var otherFiles: [String: Int] { entries.report.others.byEnding }

  /// What of the files below the paths given is not in the data set, and which classes may be none, in words for people, a
  /// line each.
  public var notes: [String] { entries.report.notes + partsNote }

  /// The path of an image, of a tile with its place behind it, or of the file of its first channel; inside a shard, the shard's path, a colon and the member's
  /// name. What is no valid UTF-8 is written `\xHH`, so that no two files have the same name.
  public func name(of index: Int) -> String { entries.name(of: entry(of: index)) }

  /// An image's name that does not depend on where its folder or shard lies, as text like ``name(of:)``.
  package func relativeName(of index: Int) -> String { PrintableName.text(relativeBytes(of: index)) }

  /// The bytes of that name.
  func relativeBytes(of index: Int) -> [UInt8] { entries.relativeName(of: entry(of: index)) }

  /// The folders that an image lies in, below what was given, and its file's name.
  package func placeComponents(of index: Int) -> [ArraySlice<UInt8>] { entries.placeComponents(of: entry(of: index)) }

  /// Calls `body` with the path of every file that images are read from or named in, and of every folder that was given.
  package func forEachFile(_ body: ([UInt8]) -> Void) { entries.forEachFile(body) }

  /// Calls `body` with every path that was given.
  package func forEachSource(_ body: ([UInt8]) -> Void) { entries.sources.forEach(body) }

  /// The class of an image; nil where no labels were asked for.
  public func label(of index: Int) -> Int32? {
    entries.labels.isEmpty ? nil : entries.labels[entry(of: index)]
  }

  /// Calls `body` with the encoded bytes of an image, which are valid inside it only. Of channels in files of their own they
  /// are one file of NumPy's, `[height, width, channels]`.
  ///
  /// - Throws: `ImageError` when they cannot be read; whatever `body` throws.
  public func withBytes<Result>(of index: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try withBytes(of: index, buffer: FileBuffer(), body)
  }

  /// The images at `indices` of this data set, in that order.
  public func subset(_ indices: some Sequence<Int>) -> ImageDataset {
    ImageDataset(entries: entries, selection: indices.map { Int32(entry(of: $0)) })
  }

  /// The same, with memory that is used again and again.
  package func withBytes<Result>(
    of index: Int, buffer: FileBuffer, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    try entries.withBytes(of: entry(of: index), buffer: buffer, body)
  }

  /// What an image says of its samples. Of its file no more is read than that takes.
  ///
  /// - Throws: `ImageError`.
  package func sampleHeader(of index: Int, buffer: FileBuffer) throws -> SampleHeader {
    try entries.sampleHeader(of: entry(of: index), buffer: buffer)
  }

  /// How many tar shards the images lie in; 0 where some lie elsewhere.
  package var shardCount: Int { entries.shardCount }

  /// The image's place in the whole data set that this one may be a part of.
  package func entry(of index: Int) -> Int { selection.map { Int($0[index]) } ?? index }
}

extension ImageDataset {
  /// How many images are looked at to judge all.
  private static let sampleCount = 64

  /// The headers of a few images, evenly over the data set; of those that can be read.
  package func sampledHeaders() -> [SampleHeader] {
    let buffer = FileBuffer()
    let step = max(count / Self.sampleCount, 1)
    return stride(from: 0, to: count, by: step).compactMap { try? sampleHeader(of: $0, buffer: buffer) }
  }

  /// The shorter side, in pixels, of an image in the middle of a sample; 224 where none can be read.
  public var typicalShortSide: Int {
    let sides = sampledHeaders().map { min($0.width, $0.height) }.sorted()
    return sides.isEmpty ? 224 : sides[sides.count / 2]
  }
}

extension ImageDataset {
  /// So many of the images, from all over the data set.
  package func spread(_ count: Int) -> ImageDataset {
    let stride = max(1, self.count / count)
    return subset((0..<count).map { min($0 * stride, self.count - 1) })
  }
}
