import Dispatch
import ImageCoding
import ImageData
import Synchronization

/// Reads and decodes every image of a data set, several at once, and keeps what is worth telling.
final class ScanReader: Sendable {
  /// What was found of one image.
  enum Fact: Sendable {
    case readable(ReadImage)
    case unreadable(String)
  }

  /// An image that can be read.
  struct ReadImage: Sendable {
    let width: Int
    let height: Int
    let format: ImageFormat
    let layout: ChannelLayout
    let digest: ContentDigest
    let state: PictureState
  }

  /// Images that are stored alike.
  struct KindTally: Sendable {
    /// Of the first image.
    var header: SampleHeader
    var first: Int
    var count = 0
    /// One of each measured channel.
    var channels: [ChannelTally]
  }

  /// The most values that are kept of a channel, about.
  private static let sampleLimit = 1 << 18
  /// The most images that values are kept of, about.
  private static let sampledImageLimit = 1 << 16
  /// The most values that are kept of one image's channel, about.
  private static let imageSampleLimit = 4096

  private let dataset: ImageDataset
  /// Of images that are made of several files, or of parts of one.
  private let nodata: Double?
  private let kinds = Mutex<[DataScan.Storage?: KindTally]>([:])

  init(_ dataset: ImageDataset) { (self.dataset, nodata) = (dataset, dataset.nodata) }

  /// Those met so far, frequent ones first.
  var foundKinds: [KindTally] {
    kinds.withLock { $0.values.sorted { ($1.count, $0.first) < ($0.count, $1.first) } }
  }

  /// What was found of each image, in the data set's order.
  func facts(workers: Int, progress: @escaping @Sendable (Int) -> Void) -> [Fact] {
    let next = Atomic(0)
    let done = Atomic(0)
    let total = dataset.count
    let facts = Mutex([Fact?](repeating: nil, count: total))
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      let buffer = FileBuffer()
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < total else { return }
        let fact = self.fact(of: index, buffer)
        facts.withLock { $0[index] = fact }
        let count = done.add(1, ordering: .relaxed).newValue
        if count % 64 == 0 || count == total { progress(count) }
      }
    }
    return facts.withLock { $0.map { $0! } }
  }

  private func fact(of index: Int, _ buffer: FileBuffer) -> Fact {
    do {
      return try dataset.withBytes(of: index, buffer: buffer) { bytes in
        let encoded = EncodedImage(bytes: bytes)
        var header = try encoded.sampleHeader()
        header.nodata = header.nodata ?? nodata
        return .readable(
          ReadImage(
            width: header.width, height: header.height, format: header.format,
            layout: (try? encoded.header().channelLayout) ?? .other, digest: ContentDigest(bytes),
            // Only decoding shows that a file was cut.
            state: try decode(encoded, header, index)))
      }
    } catch {
      return .unreadable("\(error)")
    }
  }

  private func decode(_ encoded: EncodedImage, _ header: SampleHeader, _ index: Int) throws -> PictureState {
    guard !header.isPhotographic8Bit else {
      let state = PictureState(try encoded.decode())
      note(header, index, [])
      return state
    }
    let image = try encoded.decodeSamples(pages: header.likelyPages)
    let nodata = header.nodata.map { Float($0) } ?? .nan
    let count = sampleCount(index)
    let channels = (0..<header.measuredChannelCount).map {
      ChannelTally(image.values, channel: $0, of: image.channelCount, nodata: nodata, sampleCount: count)
    }
    note(header, index, channels)
    return PictureState(channels, of: header)
  }

  /// How many values of each channel are kept of an image.
  private func sampleCount(_ index: Int) -> Int {
    guard index % (dataset.count / Self.sampledImageLimit + 1) == 0 else { return 0 }
    return min(Self.imageSampleLimit, Self.sampleLimit / min(dataset.count, Self.sampledImageLimit))
  }

  private func note(_ header: SampleHeader, _ index: Int, _ channels: [ChannelTally]) {
    kinds.withLock { kinds in
      let key = DataScan.Storage(header)
      let none = [ChannelTally](repeating: ChannelTally(), count: channels.count)
      var kind = kinds.removeValue(forKey: key) ?? KindTally(header: header, first: index, channels: none)
      if index < kind.first { (kind.header, kind.first) = (header, index) }
      kind.count += 1
      for (place, channel) in channels.enumerated() { kind.channels[place].add(channel) }
      kinds[key] = kind
    }
  }
}

/// Whether a picture shows anything.
struct PictureState: Sendable {
  /// Whether every channel has one value only, or none.
  let isEmpty: Bool
  /// Whether more than half of the values are the greatest that the type has.
  let isSaturated: Bool

  /// Of a photograph.
  init(_ image: PixelImage) {
    (isEmpty, isSaturated) = image.pixels.withUnsafeBufferPointer { pixels in
      let isEven = !(3..<pixels.count).contains { pixels[$0] != pixels[$0 - 3] }
      return (isEven, 2 * pixels.count { $0 == 255 } > pixels.count)
    }
  }

  /// Of an image's channels.
  init(_ channels: [ChannelTally], of header: SampleHeader) {
    isEmpty = channels.allSatisfy(\.isConstant)
    let limit = Float(header.sampleType.range(significantBits: header.significantBits).upperBound)
    let saturated = channels.reduce(0) { $0 + ($1.greatest >= limit ? $1.greatestCount : 0) }
    let measured = channels.reduce(0) { $0 + $1.measuredCount }
    isSaturated = header.sampleType.isInteger && 2 * saturated > measured
  }
}
