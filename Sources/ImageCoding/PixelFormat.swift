/// Which values of every image file of a data set become a network's channels, and on which scale.
///
/// A network's input counts from 0 to 255 like the bytes of a photograph, without being rounded to them: the stored value
/// `low` becomes 0 and `high` 255, in between linearly; beyond, values are clipped.
public struct PixelFormat: Codable, Hashable, Sendable {
  /// How TIFF files of several pages are read.
  public enum Pages: String, CaseIterable, Codable, Hashable, Sendable {
    /// The first page is the image.
    case first
    /// Every page holds one channel, or several. A file that calls its pages focal planes or points in time is refused.
    case channels
    /// Every page holds one channel, or several, whatever the file calls it: each focal plane is a channel then.
    case all
  }

  /// One channel of the network's input.
  public struct Channel: Codable, Hashable, Sendable {
    /// Which of a file's channels it is, counted from 1.
    public var source: Int
    /// What people call it.
    public var name: String
    /// The stored value that becomes 0.
    public var low: Double
    /// The stored value that becomes 255.
    public var high: Double

    /// A channel of the files.
    public init(source: Int, name: String, low: Double, high: Double) {
      self.source = source
      self.name = name
      self.low = low
      self.high = high
    }
  }

  /// How every file stores its samples.
  public var sampleType: SampleType
  /// Channels of every file, of all pages together where these hold channels; opacity among them.
  public var fileChannelCount: Int
  /// Whether channels are on pages of their own.
  public var pages: Pages
  /// The channels that the network sees, in its order.
  public var channels: [Channel]
  /// The stored value that stands for no measurement, beside NaN; nil for none.
  public var nodata: Double?
  /// Which of the files' channels pictures show, counted from 1: one as grey, or red, green and blue; nil chooses by names.
  public var shown: [Int]?
  /// Where every channel has a file of its own: the pattern of their names, as `ImageDataset` takes it. Files together are
  /// then what is called a file here.
  public var files: String?
  /// Whether each image is on a scale of its own, from the 0.1th to the 99.9th percentile of its own values, which loses the
  /// intensities between images; nil is false. ``Channel/low`` and ``Channel/high`` then are the data set's and not used.
  public var scalesEachImage: Bool?

  /// A format of files that are alike.
  public init(
    sampleType: SampleType, fileChannelCount: Int, pages: Pages = .first, channels: [Channel], nodata: Double? = nil,
    files: String? = nil, shown: [Int]? = nil, scalesEachImage: Bool? = nil
  ) {
    self.sampleType = sampleType
    self.fileChannelCount = fileChannelCount
    self.pages = pages
    self.channels = channels
    self.nodata = nodata
    self.shown = shown
    self.files = files
    self.scalesEachImage = scalesEachImage
  }
}

extension PixelFormat {
  /// Whether its channels are among those of the files, and their scales have a length.
  package var isValid: Bool {
    !channels.isEmpty && fileChannelCount > 0
      && channels.allSatisfy {
        $0.source >= 1 && $0.source <= fileChannelCount && $0.low.isFinite && $0.high.isFinite
          && $0.low < $0.high
      } && (shown ?? []).allSatisfy { source in channels.contains { $0.source == source } }
  }

  /// The network's channels of an image as stored, on the scale of 0 to 255: clipped, but not rounded.
  ///
  /// - Parameters:
  ///   - image: of this format, `fileChannelCount` channels.
  ///   - fill: of 0 to 255, what stands for no measurement in each of ``channels``.
  package func scaled(_ image: SampleImage, fill: [Float]) -> ScaledImage {
    let count = image.width * image.height
    var missing: [Bool]?
    let values = [Float](unsafeUninitializedCapacity: count * channels.count) { out, initialized in
      image.values.withUnsafeBufferPointer { stored in
        for (index, channel) in channels.enumerated() {
          let scale = scale(of: channel, in: image)
          let low = Float(scale?.lowerBound ?? 0)
          let factor = scale.map { Float(255 / ($0.upperBound - $0.lowerBound)) }
          let nodata = nodata.map { Float($0) } ?? .nan
          for pixel in 0..<count {
            let value = stored[pixel * image.channelCount + channel.source - 1]
            if value.isFinite && value != nodata {
              out[pixel * channels.count + index] = factor.map { min(max((value - low) * $0, 0), 255) } ?? fill[index]
            } else {
              out[pixel * channels.count + index] = fill[index]
              if missing == nil { missing = [Bool](repeating: false, count: count) }
              missing![pixel] = true
            }
          }
        }
      }
      initialized = count * channels.count
    }
    let pixels = SampleImage(width: image.width, height: image.height, channelCount: channels.count, values: values)
    return ScaledImage(pixels: pixels, missing: missing)
  }

  /// The stored values that become 0 and 255; nil where the image has a scale of its own, and all of its values are one.
  private func scale(of channel: Channel, in image: SampleImage) -> ClosedRange<Double>? {
    guard scalesEachImage == true else { return channel.low...channel.high }
    return ChannelScale.range(image.sampledValues(ofChannel: channel.source - 1, nodata: nodata).sorted())
  }

  /// - Throws: `ImageError` for an image that is stored otherwise.
  package func check(_ header: SampleHeader) throws {
    let count = header.channelCount(reading: pages)
    guard count == fileChannelCount, header.sampleType == sampleType else {
      throw ImageError.unsupported(
        """
        it has \(PixelFormat.text(count, header.sampleType)), and the others \
        \(PixelFormat.text(fileChannelCount, sampleType))
        """)
    }
  }

  /// "7 channels of uint16".
  package static func text(_ count: Int, _ type: SampleType) -> String {
    "\(count) \(count == 1 ? "channel" : "channels") of \(type.rawValue)"
  }
}

/// The channels that a network sees, on the scale of 0 to 255.
package struct ScaledImage: Sendable {
  /// `[height, width, C]`.
  package let pixels: SampleImage
  /// Of each pixel, whether any channel has no measurement; nil where all have one everywhere.
  package let missing: [Bool]?

  package init(pixels: SampleImage, missing: [Bool]? = nil) {
    self.pixels = pixels
    self.missing = missing
  }

  /// The share of a rectangle's pixels that lack a measurement.
  package func missingShare(in box: CropBox) -> Double {
    guard let missing else { return 0 }
    var count = 0
    for row in box.top..<box.top + box.height {
      for column in box.left..<box.left + box.width where missing[row * pixels.width + column] { count += 1 }
    }
    return Double(count) / Double(box.width * box.height)
  }
}
