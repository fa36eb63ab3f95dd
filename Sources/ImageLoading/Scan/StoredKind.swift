public import ImageCoding

extension DataScan {
  /// Images that are stored alike, whatever their sizes.
  public struct Kind: Codable, Hashable, Sendable {
    /// How many.
    public let count: Int
    /// The name of the first.
    public let example: String
    /// How their samples are stored; nil of 8-bit photographs, grey or in colours, with opacity or not.
    public let storage: Storage?
    /// Their values, channel by channel; none of 8-bit photographs. Of more than 64 channels the first 64.
    public let channels: [ChannelStatistics]

    private enum CodingKeys: String, CodingKey {
      case count, example, channels
      case storage = "stored"
    }

    /// - Parameter channelNames: what the data set calls the channels, where it knows that.
    init(_ found: ScanReader.KindTally, example: String, channelNames: [String]) {
      count = found.count
      self.example = example
      storage = Storage(found.header)
      channels = found.channels.enumerated().map { place, tally in
        let all = found.header.channelCount(reading: found.header.likelyPages)
        let own = channelNames.count == all ? channelNames[place] : nil
        return ChannelStatistics(own ?? ChannelChoice.name(of: place + 1, found.header, count: all), tally)
      }
    }
  }

  /// How samples are stored, as a file says it.
  public struct Storage: Codable, Hashable, Sendable {
    /// What ImageJ or OME call the pages.
    public struct Axes: Codable, Hashable, Sendable {
      /// Pages that are channels of one plane.
      public let channels: Int
      /// Focal planes.
      public let slices: Int
      /// Points in time.
      public let frames: Int
    }

    /// Channels of a page, opacity among them.
    public let channelCount: Int
    /// The type of the samples.
    public let sampleType: SampleType
    /// Bits that a sample uses, where the file says fewer than its type has.
    public let significantBits: Int
    /// What the file says of opacity.
    public let opacity: SampleHeader.Opacity
    /// Channels beyond grey or colours that the file gives no meaning.
    public let unspecifiedChannelCount: Int
    /// Pages of full resolution.
    public let pageCount: Int
    /// Whether the pages are not alike, so that only the first can be read.
    public let pagesDiffer: Bool
    /// What the pages are, where the file says so.
    public let axes: Axes?
    /// The stored value that stands for no measurement, where the file says one.
    public let nodata: Double?

    private enum CodingKeys: String, CodingKey {
      case opacity, axes, nodata
      case channelCount = "channels"
      case sampleType = "sample_type"
      case significantBits = "significant_bits"
      case unspecifiedChannelCount = "channels_without_meaning"
      case pageCount = "pages"
      case pagesDiffer = "pages_differ"
    }

    /// nil of 8-bit photographs.
    init?(_ header: SampleHeader) {
      guard !header.isPhotographic8Bit else { return nil }
      channelCount = header.channelCount
      sampleType = header.sampleType
      significantBits = header.significantBits
      opacity = header.opacity
      unspecifiedChannelCount = header.unspecifiedExtraChannels
      pageCount = header.pageCount
      pagesDiffer = header.pagesDiffer
      axes = header.axes.map { Axes(channels: $0.channels, slices: $0.slices, frames: $0.frames) }
      // NaN never is a measurement, and equals nothing.
      nodata = header.nodata.flatMap { $0.isNaN ? nil : $0 }
    }
  }
}

extension DataScan.Kind: CustomStringConvertible {
  /// "7 channels of uint16", "1 channel of uint16 on each of 5 pages", or "8-bit photographs".
  public var description: String {
    guard let storage else { return "8-bit photographs" }
    let pages = storage.pageCount > 1 ? " on each of \(storage.pageCount) pages" : ""
    return PixelFormat.text(storage.channelCount, storage.sampleType) + pages
  }

  /// What else the files say, or leave open; nil where there is nothing.
  var details: String? {
    guard let storage else { return nil }
    var parts: [String] = []
    if storage.pagesDiffer {
      parts.append("pages are not alike, so that only the first can be read")
    } else if storage.pageCount > 1 {
      parts.append("pages are \(storage.axes?.text ?? "anything, the files do not say what")")
    }
    if storage.opacity == .declared { parts.append("one channel is opacity") }
    if storage.unspecifiedChannelCount > 0 {
      parts.append("channels without a meaning: \(storage.unspecifiedChannelCount)")
    }
    if storage.significantBits < storage.sampleType.bits { parts.append("bits in use: \(storage.significantBits)") }
    if let nodata = storage.nodata { parts.append("nodata is \(DataScan.text(nodata))") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

extension DataScan.Kind {
  /// Whether ``channels`` are those of all pages.
  var readsAllPages: Bool { channels.count > storage?.channelCount ?? 0 }
}

extension DataScan.Storage.Axes {
  fileprivate var text: String { "channels: \(channels), slices: \(slices), points in time: \(frames)" }
}

extension SampleType {
  /// Of one sample.
  var bits: Int {
    switch self {
    case .uint8, .int8: 8
    case .uint16, .int16: 16
    case .uint32, .int32, .float32: 32
    case .float64: 64
    }
  }

  /// The least and the greatest value, where a file uses so many bits.
  func range(significantBits: Int) -> ClosedRange<Double> {
    let isUnsigned = range.lowerBound == 0 && range.upperBound > 1
    guard isUnsigned, significantBits < 32 else { return range }
    return 0...min(range.upperBound, Double(1 << significantBits) - 1)
  }

  /// Whether it is one of whole numbers.
  var isInteger: Bool { self != .float32 && self != .float64 }
}

extension SampleHeader {
  /// The most channels whose values are measured.
  private static let measuredChannelLimit = 64

  /// How a file's pages are most likely to be read: as channels where nothing speaks against it.
  var likelyPages: PixelFormat.Pages {
    let areChannels = !pagesDiffer && axes?.areChannels ?? (channelCount(reading: .all) <= Self.measuredChannelLimit)
    return pageCount > 1 && areChannels ? .channels : .first
  }

  /// How many channels are measured, of the pages that are read.
  var measuredChannelCount: Int {
    min(channelCount(reading: likelyPages), Self.measuredChannelLimit)
  }
}
