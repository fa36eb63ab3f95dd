import ImageCoding
public import ImageData

/// What a data set consists of: how many images of which formats and sizes, what their pixels hold, which cannot be read,
/// which are the same, and what pretraining would have to be told.
public struct DataScan: Codable, Hashable, Sendable {
  /// Smallest, middle and largest of some numbers.
  public struct Spread: Codable, Hashable, Sendable {
    /// The smallest.
    public let minimum: Int
    /// The middle one; of an even number, the upper of the two in the middle.
    public let median: Int
    /// The largest.
    public let maximum: Int

    /// nil when there are no numbers.
    init?(_ values: [Int]) {
      guard !values.isEmpty else { return nil }
      let sorted = values.sorted()
      minimum = sorted[0]
      median = sorted[sorted.count / 2]
      maximum = sorted[sorted.count - 1]
    }
  }

  /// How many images have a short side from `from` up to, but not including, `to`.
  public struct SizeBin: Codable, Hashable, Sendable {
    /// The first short side that counts, a power of two.
    public let from: Int
    /// The first that does not count any more, twice `from`.
    public let to: Int
    /// How many.
    public let count: Int
  }

  /// How many, and a few of them.
  public struct Examples: Codable, Hashable, Sendable {
    /// How many.
    public let count: Int
    /// The names of the first ones.
    public let examples: [String]
  }

  /// Images found.
  public let imageCount: Int
  /// Bytes of the files that could be read.
  public let byteCount: Int
  /// Images of each class, by name; empty where the data set has no labels.
  public let classes: [String: Int]
  /// Readable images by file format.
  public let formats: [String: Int]
  /// Readable images by channels and bit depth as stored.
  public let channelLayouts: [String: Int]
  /// Readable images by how their samples are stored, frequent kinds first.
  public let kinds: [Kind]
  /// Readable images of one value in each channel.
  public let emptyImages: Examples
  /// Readable images of which more than half of the values are the greatest that their type has.
  public let saturatedImages: Examples
  /// What pretraining on the images would have to be told.
  public let advice: Advice
  /// Of the readable images, as shown.
  public let width: Spread?
  /// Of the readable images, as shown.
  public let height: Spread?
  /// Readable images by short side, small ones first.
  public let shortSides: [SizeBin]
  /// What cannot be read, and why, in the data set's order.
  public let unreadable: [SkippedImage]
  /// How many files are no images that can be read, by the ending of their names; see `ImageDataset.otherFiles`.
  public let otherFiles: [String: Int]
  /// How many images and tar files were passed over because `splitmask` wrote them.
  public let outputsPassedOver: Int
  /// Both in words.
  let notes: [String]
  /// Names of images with the same bytes, a group each, in the data set's order.
  public let duplicates: [[String]]

  private enum CodingKeys: String, CodingKey {
    case classes, formats, kinds, advice, width, height, unreadable, notes, duplicates
    case imageCount = "images"
    case byteCount = "bytes"
    case channelLayouts = "channel_layouts"
    case emptyImages = "empty_images"
    case saturatedImages = "saturated_images"
    case shortSides = "short_sides"
    case otherFiles = "other_files"
    case outputsPassedOver = "outputs_passed_over"
  }

  /// Images that can be read.
  public var readableCount: Int { imageCount - unreadable.filter { $0.index != nil }.count }

  /// Reads and decodes every image of a data set.
  ///
  /// - Parameters:
  ///   - dataset: The images.
  ///   - workers: How many images are read at once.
  ///   - progress: Called now and then, from any thread, with how many images are done.
  public init(
    _ dataset: ImageDataset, workers: Int = DataLoader.defaultWorkers,
    progress: @escaping @Sendable (_ done: Int) -> Void = { _ in }
  ) {
    let reader = ScanReader(dataset)
    let facts = reader.facts(workers: max(workers, 1), progress: progress)
    imageCount = dataset.count
    otherFiles = dataset.otherFiles
    outputsPassedOver = dataset.outputsPassedOver
    notes = dataset.notes
    var unreadable = dataset.problems
    var readable: [(index: Int, image: ScanReader.ReadImage)] = []
    for (index, fact) in facts.enumerated() {
      switch fact {
      case .readable(let image): readable.append((index, image))
      case .unreadable(let reason):
        unreadable.append(SkippedImage(index: index, name: dataset.name(of: index), reason: reason))
      }
    }
    self.unreadable = unreadable
    formats = Self.counts(readable.map(\.image.format.rawValue))
    channelLayouts = Self.counts(readable.map(\.image.layout.rawValue))
    width = Spread(readable.map(\.image.width))
    height = Spread(readable.map(\.image.height))
    shortSides = Self.bins(readable.map { min($0.image.width, $0.image.height) })
    emptyImages = Self.examples(readable.filter(\.image.state.isEmpty).map(\.index), of: dataset)
    saturatedImages = Self.examples(readable.filter(\.image.state.isSaturated).map(\.index), of: dataset)
    let found = reader.foundKinds
    kinds = found.map { Kind($0, example: dataset.name(of: $0.first), channelNames: dataset.channelNames) }
    advice = Advice(zip(found, kinds).map { ($0.header, $1) }, formats: formats, channelFiles: dataset.channelFiles)
    let sameDigest = Dictionary(grouping: readable, by: \.image.digest).mapValues { $0.map(\.index) }
    byteCount = sameDigest.reduce(0) { $0 + $1.key.count * $1.value.count }
    classes = Self.classCounts(dataset)
    duplicates = Self.verified(sameDigest.values.filter { $0.count > 1 }, dataset)
  }

  private static func counts(_ names: [String]) -> [String: Int] {
    names.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  private static func examples(_ indices: [Int], of dataset: ImageDataset) -> Examples {
    Examples(count: indices.count, examples: indices.prefix(exampleLimit).map { dataset.name(of: $0) })
  }

  /// The most images that are named as examples.
  private static let exampleLimit = 10

  private static func classCounts(_ dataset: ImageDataset) -> [String: Int] {
    var counts: [String: Int] = [:]
    for index in 0..<dataset.count {
      guard let label = dataset.label(of: index) else { break }
      counts[dataset.classNames[Int(label)], default: 0] += 1
    }
    return counts
  }

  private static func bins(_ shortSides: [Int]) -> [SizeBin] {
    var counts: [Int: Int] = [:]
    for side in shortSides { counts[1 << (Int.bitWidth - 1 - max(side, 1).leadingZeroBitCount), default: 0] += 1 }
    return counts.sorted { $0.key < $1.key }.map { SizeBin(from: $0.key, to: 2 * $0.key, count: $0.value) }
  }

  /// Groups whose members are the same byte for byte: equal digests are a strong hint only.
  private static func verified(_ groups: [[Int]], _ dataset: ImageDataset) -> [[String]] {
    let first = FileBuffer()
    let other = FileBuffer()
    var result: [[Int]] = []
    for group in groups {
      let same = try? dataset.withBytes(of: group[0], buffer: first) { expected in
        group.dropFirst().filter { index in
          (try? dataset.withBytes(of: index, buffer: other) { $0.elementsEqual(expected) }) == true
        }
      }
      if let same, !same.isEmpty { result.append([group[0]] + same) }
    }
    return result.sorted { $0[0] < $1[0] }.map { $0.map { dataset.name(of: $0) } }
  }
}
