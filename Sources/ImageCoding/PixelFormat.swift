/// Which values of every image file of a data set become a network's channels, and on which scale.
///
/// A network's input counts from 0 to 255 like the bytes of a photograph, without being rounded to them: the stored value
/// `low` becomes 0 and `high` 255, in between linearly; beyond, values are clipped.
public struct PixelFormat: Codable, Hashable, Sendable {
  /// How TIFF files of several pages are read.
  public enum Pages: String, CaseIterable, Codable, Hashable, Sendable {
    /// The first page is the image.
    case first
    /// Every page holds one channel, or several.
    case channels
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
  /// Channels of every file, opacity among them.
  public var fileChannelCount: Int
  /// Whether channels are on pages of their own.
  public var pages: Pages
  /// The channels that the network sees, in its order.
  public var channels: [Channel]
  /// The stored value that stands for no measurement, beside NaN; nil for none.
  public var nodata: Double?

  /// A format of files that are alike.
  public init(
    sampleType: SampleType, fileChannelCount: Int, pages: Pages = .first, channels: [Channel], nodata: Double? = nil
  ) {
    self.sampleType = sampleType
    self.fileChannelCount = fileChannelCount
    self.pages = pages
    self.channels = channels
    self.nodata = nodata
  }
}
