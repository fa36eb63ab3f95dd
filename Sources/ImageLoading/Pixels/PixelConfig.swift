public import ImageCoding
import SplitMaskCore

/// What of the images' pixels a network is to see, as far as somebody has said it; the rest is found in the data set.
public struct PixelConfig: Codable, Hashable, Sendable {
  /// What images are taken for.
  public enum Reading: String, Codable, Hashable, Sendable, CaseIterable {
    /// 8-bit photographs where all are, else channels of their own scale.
    case automatic
    /// Red, green and blue of 8 bits, whatever the files hold: deeper samples are rounded, further bands and pages dropped.
    case rgb
    /// Channels of their own scale, also of 8-bit images.
    case channels
  }

  /// What a last channel means whose meaning the file does not say.
  public enum Alpha: String, Codable, Hashable, Sendable, CaseIterable {
    /// What the file says; where it says nothing of a fourth, nobody guesses.
    case automatic
    /// It is a channel like the others.
    case none
    /// It is opacity, and left out.
    case last
  }

  /// How stored values are brought to the scale of 0 to 255.
  public enum Scale: String, Codable, Hashable, Sendable, CaseIterable {
    /// The data set's 0.1th and 99.9th percentile of each channel.
    case percentiles
    /// The type's own range; of floating point 0 to 1.
    case type
    /// Each image's own 0.1th and 99.9th percentile of each channel, which loses the intensities between images.
    case image
  }

  /// What images are taken for.
  public var reading = Reading.automatic
  /// Which of a file's channels the network sees and in which order, counted from 1; nil is all of them.
  public var channels: [Int]?
  /// What the channels are called; nil is what the files say.
  public var names: [String]?
  /// What a last channel means whose meaning the file does not say.
  public var alpha = Alpha.automatic
  /// What pages of a TIFF file are; nil is what ImageJ's or OME's description says.
  public var pages: PixelFormat.Pages?
  /// How stored values are brought to the scale of 0 to 255, where ``low`` and ``high`` are not given.
  public var scale = Scale.percentiles
  /// The stored values that become 0, one for all channels or one each.
  public var low: [Double]?
  /// The stored values that become 255, one for all channels or one each.
  public var high: [Double]?
  /// The stored value that stands for no measurement; nil is what the files say.
  public var nodata: Double?
  /// A pattern of the names of files that hold one channel of an image each, such as `{site}_w{channel}.tif`; nil takes
  /// every file for an image. Whoever lists the images gives it to `ImageDataset` as `channelFiles`.
  public var files: String?

  /// Which channels pictures show, by their numbers in the files: one as grey, or red, green and blue; nil is those of these
  /// names, else the first three that are seen.
  public var shown: [Int]?

  /// Everything as the data set has it.
  public init() {}

  /// Whether somebody wants channels of their own scale.
  var asksForChannels: Bool {
    reading == .channels || channels != nil || names != nil || low != nil || high != nil || scale == .type
      || scale == .image || [.channels, .all].contains(pages) || nodata != nil || files != nil
  }

  /// - Throws: `InvalidSetting`, its key under `pixels`.
  public func validate() throws {
    if let channels, let twice = Dictionary(grouping: channels, by: \.self).first(where: { $1.count > 1 })?.key {
      throw InvalidSetting("pixels.channels", "names channel \(twice) twice")
    }
    guard low == nil || scale != .type else {
      throw InvalidSetting("pixels.low", "is a scale, and pixels.scale=type is the sample type's; leave one out")
    }
    if let channels, channels.isEmpty || channels.contains(where: { $0 < 1 }) {
      throw InvalidSetting("pixels.channels", "is \(channels); name channels by their numbers, the first is 1")
    }
    if let names, let channels, names.count != channels.count {
      throw InvalidSetting("pixels.names", "has \(names.count) names for \(channels.count) channels")
    }
    if let shown, shown.isEmpty || shown.count > 3 {
      throw InvalidSetting("pixels.shown", "is \(shown); name one channel, or up to three for red, green and blue")
    }
    guard (low == nil) == (high == nil) else {
      throw InvalidSetting("pixels.low", "goes with pixels.high: the stored values that become 0 and 255")
    }
    guard low == nil || scale != .image else {
      throw InvalidSetting(
        "pixels.low", "is one scale for all images, and pixels.scale=image one for each; leave one out")
    }
    if let low, let high, low.isEmpty || low.count != high.count || zip(low, high).contains(where: { !($0 < $1) }) {
      throw InvalidSetting("pixels.low", "\(low) must be below pixels.high, \(high), one for all channels or one each")
    }
    guard reading != .rgb || !asksForChannels else {
      throw InvalidSetting("pixels.reading", "rgb takes no other setting of pixels; leave one of them out")
    }
  }
}
