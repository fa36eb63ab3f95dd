import ImageCoding
import ImageData
import SplitMaskCore

/// Which channels of stored images a network sees.
struct ChannelChoice {
  let sampleType: SampleType
  let significantBits: Int
  let fileChannelCount: Int
  let pages: PixelFormat.Pages
  /// Counted from 1, in the network's order.
  let sources: [Int]
  let names: [String]
  let nodata: Double?
  /// The pattern of files that hold one channel each.
  let files: String?
  /// What was left out, in words.
  let notes: [String]

  /// Those of an encoder.
  init(_ format: PixelFormat) {
    (sampleType, fileChannelCount, pages) = (format.sampleType, format.fileChannelCount, format.pages)
    significantBits = 64
    (sources, names) = (format.channels.map(\.source), format.channels.map(\.name))
    (nodata, files, notes) = (format.nodata, format.files, [])
  }

  /// Those of images that are stored alike.
  ///
  /// - Parameters:
  ///   - header: what all of them say.
  ///   - images: the data set; it knows what channels in files of their own are called.
  ///   - config: what somebody has said.
  /// - Throws: `DatasetError` where the files do not say what a channel or a page means; `InvalidSetting` for channels
  ///   that are not there.
  init(_ header: SampleHeader, of images: ImageDataset? = nil, _ config: PixelConfig) throws {
    files = images?.channelFiles
    (sampleType, significantBits) = (header.sampleType, header.significantBits)
    nodata = config.nodata ?? header.nodata ?? images?.nodata
    let pages = try Self.pages(of: header, config)
    let count = header.channelCount(reading: pages)
    let hasAlpha = try config.channels == nil && Self.hasAlpha(header, config)
    let sources = config.channels ?? Array(1...(hasAlpha ? count - 1 : count))
    if let wrong = sources.first(where: { $0 > count }) {
      throw InvalidSetting("pixels.channels", "names channel \(wrong), and the images have \(count)")
    }
    if let names = config.names, names.count != sources.count {
      throw InvalidSetting("pixels.names", "has \(names.count) names for \(sources.count) channels")
    }
    (self.pages, self.sources, fileChannelCount) = (pages, sources, count)
    let known = images?.channelNames ?? []
    names =
      config.names
      ?? sources.map {
        known.count == count ? known[$0 - 1] : Self.name(of: $0, header, count: count)
      }
    notes = hasAlpha ? ["channel \(count) is opacity and left out (--alpha none takes it)"] : []
  }

  private static func pages(of header: SampleHeader, _ config: PixelConfig) throws -> PixelFormat.Pages {
    guard header.pageCount > 1 else { return .first }
    if let pages = config.pages { return pages }
    guard let axes = header.axes else {
      throw DatasetError(
        """
        the images have \(header.pageCount) pages, and nothing says what these are: --pages channels takes all as \
        channels, --pages first the first page alone
        """)
    }
    guard axes.slices <= 1, axes.frames <= 1 else {
      throw DatasetError(
        """
        the images are stacks (slices Z: \(axes.slices), time points T: \(axes.frames), channels C: \(axes.channels)): \
        --pages all takes every page as a channel (--channels chooses among them), --pages first the \
        first page alone; or split them into single planes (tifffile, ImageJ's Stack to Images)
        """)
    }
    return .channels
  }

  /// Whether the last channel is opacity.
  private static func hasAlpha(_ header: SampleHeader, _ config: PixelConfig) throws -> Bool {
    switch config.alpha {
    case .none: return false
    case .last: return true
    case .automatic:
      // Of many bands none is opacity; of one more than grey or colours it may be.
      let isUnclear = header.unspecifiedExtraChannels == 1 && [2, 4].contains(header.channelCount)
      guard isUnclear, header.pageCount == 1 else { return header.opacity == .declared }
      throw DatasetError(
        """
        the images have \(header.channelCount) channels and do not say what the last one is: --alpha none takes it as a \
        channel, such as near infrared, --alpha last as opacity, which is left out
        """)
    }
  }

  /// What a file's channel is called, where there are `count`.
  static func name(of source: Int, _ header: SampleHeader, count: Int) -> String {
    if header.channelNames.count == count, !header.channelNames[source - 1].isEmpty {
      return header.channelNames[source - 1]
    }
    let extra = header.unspecifiedExtraChannels + (header.opacity == .declared ? 1 : 0)
    let isRGB = header.pageCount == 1 && header.channelCount - extra == 3
    return isRGB && source <= 3 ? ["red", "green", "blue"][source - 1] : "channel \(source)"
  }

  /// The least and the greatest value of the type, as far as the file uses it.
  var typeRange: ClosedRange<Double> { sampleType.range(significantBits: significantBits) }
}
