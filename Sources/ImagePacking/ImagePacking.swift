import Dispatch
import DurableFiles
public import Foundation
public import ImageCoding
public import ImageData
import SplitMaskCore
import Synchronization
import TarFiles

/// Smaller copies of a data set's images in tar shards, for training that would otherwise wait for large files.
///
/// No image is enlarged. Photographs of 8 bits become JPEG where their files were JPEG, WebP, HEIF or JPEG 2000, and else PNG;
/// small ones are copied as they are. All other images become TIFF of the same sample type, compressed without loss, with their
/// channels' names and the value that stands for no measurement; small ones in compressed formats are copied, too. Shards are WebDataset's: `name.jpg`, and `name.cls` with
/// the class where images have one.
public struct ImagePacking {
  /// What the copies are like.
  public struct Config: Codable, Hashable, Sendable {
    /// Pixels of an image's shorter side; smaller images stay as they are.
    public var shortSide = 512
    /// Of JPEG, 1 to 100.
    public var quality = 95
    /// Images of a shard.
    public var imagesPerShard = 1000
    /// What pages of a TIFF file are; nil is what ImageJ's or OME's description says.
    public var pages: PixelFormat.Pages?
    /// The stored value that stands for no measurement; nil is what the files say.
    public var nodata: Double?

    /// Shards of 1,000 images of 512 pixels.
    public init() {}

    /// - Throws: `InvalidSetting`.
    public func validate() throws {
      guard shortSide >= 1 else { throw InvalidSetting("shortSide", "is \(shortSide) pixels; it must be above 0") }
      guard (1...100).contains(quality) else { throw InvalidSetting("quality", "is \(quality); a JPEG's is 1 to 100") }
      guard imagesPerShard >= 1 else {
        throw InvalidSetting("imagesPerShard", "is \(imagesPerShard); a shard has at least one")
      }
    }

    /// - Throws: `ImageError` where a file of several pages does not say what they are, and nobody else has.
    func pages(of header: SampleHeader) throws -> PixelFormat.Pages {
      guard header.pageCount > 1 else { return .first }
      if let pages { return pages }
      if header.axes?.areChannels == true { return .channels }
      throw ImageError.unsupported(
        "it has \(header.pageCount) pages, which it does not call channels: --pages all takes each as a channel, --pages first "
          + "the first alone")
    }
  }

  /// What was written.
  public struct Summary: Codable, Hashable, Sendable {
    /// Images in the shards.
    public let images: Int
    /// Of the shards.
    public let files: [String]
    /// Of the images' files, or of what was read of them.
    public let bytesRead: Int
    /// Of the shards.
    public let bytesWritten: Int
    /// Images that cannot be read, which no shard has.
    public let skipped: [SkippedImage]

    private enum CodingKeys: String, CodingKey {
      case images, files, skipped
      case bytesRead = "bytes_read"
      case bytesWritten = "bytes_written"
    }
  }

  private let images: ImageDataset
  private let config: Config
  private let names: PackedNames
  private let shrinker: ImageShrinker

  /// - Parameters:
  ///   - images: the data set.
  ///   - config: what the copies are like.
  /// - Throws: `InvalidSetting`.
  public init(_ images: ImageDataset, config: Config = Config()) throws {
    try config.validate()
    self.images = images
    self.config = config
    names = PackedNames(of: images)
    shrinker = ImageShrinker(
      config: config, channelNames: images.channelNames, nodata: images.nodata,
      areChannels: images.channelFiles != nil)
  }

  /// Writes the shards, and `packing.json`, which remembers what they are made of. Of a folder in which some are complete the
  /// others are made.
  ///
  /// - Parameter folder: made if need be; below none of the images' folders.
  /// - Returns: what is there now.
  /// - Throws: `InvalidSetting` for a folder that holds something else, `LockFile.Held` where another process writes into it,
  ///   `FileError`, `DatasetError` where no image can be read.
  public func write(to folder: URL) throws -> Summary {
    let lock = try PackingRecord.prepare(folder, for: images)
    defer { lock?.release() }
    var record = try PackingRecord(in: folder, of: images, config)
    try AtomicFolder.removeLeftovers(in: folder)
    let shardCount = (images.count + config.imagesPerShard - 1) / config.imagesPerShard
    let digits = max(6, String(shardCount).count)
    for number in record.shards.count..<shardCount {
      let name = String(number)
      let file = String(repeating: "0", count: digits - name.count) + name + ".tar"
      try record.append(try shard(number, to: folder.appending(path: file)))
    }
    guard record.imageCount > 0 else {
      throw DatasetError("none of \(images.count) images can be read, such as \(record.skipped[0])")
    }
    return Summary(
      images: record.imageCount, files: record.shards.map(\.file),
      bytesRead: record.shards.reduce(0) { $0 + $1.bytesRead },
      bytesWritten: record.shards.reduce(0) { $0 + $1.bytes }, skipped: images.problems + record.skipped)
  }

  /// Images that are made at once, so that their files find room in memory.
  private static let batchSize = 64

  private func shard(_ number: Int, to file: URL) throws -> PackingRecord.Shard {
    var shard = PackingRecord.Shard(file: file.lastPathComponent)
    let all = number * config.imagesPerShard..<min((number + 1) * config.imagesPerShard, images.count)
    try AtomicFile.write(to: file) { sink in
      let tar = TarWriter(sink)
      for start in stride(from: all.lowerBound, to: all.upperBound, by: Self.batchSize) {
        let batch = start..<min(start + Self.batchSize, all.upperBound)
        for (index, outcome) in zip(batch, files(of: batch)) {
          switch outcome {
          case .success(let made):
            try tar.add("\(names[index]).\(made.file.ending)", made.file.data)
            if let label = images.label(of: index) {
              try tar.add("\(names[index]).cls", Data(images.classNames[Int(label)].utf8))
            }
            shard.images += 1
            shard.bytesRead += made.bytesRead
          case .failure(let error):
            shard.skipped.append(SkippedImage(index: index, name: images.name(of: index), reason: "\(error)"))
          }
        }
      }
      try tar.close()
      shard.bytes = sink.count
    }
    return shard
  }

  private typealias Made = (file: ImageShrinker.File, bytesRead: Int)

  /// The files of some images, made by all processors.
  private func files(of batch: Range<Int>) -> [Result<Made, any Error>] {
    let made = Mutex([Result<Made, any Error>?](repeating: nil, count: batch.count))
    // Called on other threads, where the observer is not known.
    let observer = WorkProgress.observer
    let (images, shrinker) = (images, shrinker)
    DispatchQueue.concurrentPerform(iterations: batch.count) { place in
      let index = batch.lowerBound + place
      let outcome = Result<Made, any Error> { try images.withBytes(of: index) { (try shrinker.file($0), $0.count) } }
      made.withLock { $0[place] = outcome }
      observer?(WorkProgress("packing images", done: index, total: images.count))
    }
    return made.withLock { $0.map { $0! } }
  }
}

extension ImagePacking.Summary: CustomStringConvertible {
  /// What there is now, and what was left out.
  public var description: String {
    let shards = "\(HumanReadable.count(files.count)) \(files.count == 1 ? "shard" : "shards")"
    let sizes = "\(HumanReadable.byteCount(bytesWritten)), of \(HumanReadable.byteCount(bytesRead))"
    let shown = skipped.prefix(Self.shownSkipped).map { "\n  \($0)" }.joined()
    let more =
      skipped.count > Self.shownSkipped ? "\n  and \(skipped.count - Self.shownSkipped) more, in packing.json" : ""
    let left =
      skipped.isEmpty ? "" : "\n\(HumanReadable.count(skipped.count)) left out, which cannot be read:\(shown)\(more)"
    return "\(HumanReadable.count(images)) images in \(shards): \(sizes)\(left)"
  }

  private static let shownSkipped = 20
}
