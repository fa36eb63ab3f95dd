import SplitMaskCore

/// How stored pixel values become a network's input: what of a file is read, on which scale, and the mean and the standard
/// deviation of every channel on it.
public struct PixelNormalization: Codable, Hashable, Sendable {
  /// Of each channel, of values in [0, 1].
  public var mean: [Double]
  /// Of each channel, of values in [0, 1].
  public var standardDeviation: [Double]
  /// What of a file is read, and the scale; nil is 8-bit red, green and blue, whose scale is that of the type.
  public var format: PixelFormat?
  /// Whether, without a format, images that are no 8-bit photographs are made ones; nil refuses them.
  public var convertsOthers: Bool?

  /// Statistics of the channels of a format; nil is 8-bit RGB.
  public init(mean: [Double], standardDeviation: [Double], format: PixelFormat? = nil) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.format = format
  }

  /// Channels of the network's input.
  public var channelCount: Int { mean.count }

  /// Bytes that a pixel takes in a batch: a byte a channel of a photograph, else a float32.
  package var bytesPerPixel: Int { channelCount * (format == nil ? 1 : MemoryLayout<Float>.size) }

  /// Channels of red, green and blue of 8 bits, whatever the files hold.
  package static let converted = {
    var pixels = PixelNormalization.imageNet
    pixels.convertsOthers = true
    return pixels
  }()

  /// ImageNet's, which serve for every data set of photographs (docs/method.md, row 23).
  public static let imageNet = PixelNormalization(
    mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
}

extension PixelNormalization {
  /// What is not there is ImageNet's, of 8-bit RGB: so that settings can name the mean alone.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      mean: try container.decodeIfPresent([Double].self, forKey: .mean) ?? Self.imageNet.mean,
      standardDeviation: try container.decodeIfPresent([Double].self, forKey: .standardDeviation)
        ?? Self.imageNet.standardDeviation,
      format: try container.decodeIfPresent(PixelFormat.self, forKey: .format))
    convertsOthers = try container.decodeIfPresent(Bool.self, forKey: .convertsOthers)
  }

  /// Which channel is shown as red, which as green, which as blue: those that were chosen, else those of these names, else
  /// the first three. One channel alone is grey, and of two none is blue.
  public var composite: [Int?] {
    let channels = format?.channels ?? []
    if let shown = format?.shown {
      let places = shown.map { source in channels.firstIndex { $0.source == source } }
      return places.count == 1
        ? [places[0], places[0], places[0]] : (0..<3).map { $0 < places.count ? places[$0] : nil }
    }
    let names = channels.map { $0.name.lowercased() }
    let named = ["red", "green", "blue"].map { names.firstIndex(of: $0) }
    if named.allSatisfy({ $0 != nil }) { return named }
    return channelCount == 1 ? [0, 0, 0] : (0..<3).map { $0 < channelCount ? $0 : nil }
  }

  /// What the colours of pictures show, a sentence; nil for photographs.
  public var legend: String? {
    guard let channels = format?.channels else { return nil }
    let shown = composite.map { $0.map { channels[$0].name } }
    if shown[0] == shown[1], shown[1] == shown[2] { return "Grey shows '\(shown[0] ?? "")'." }
    let parts = zip(["red", "green", "blue"], shown).compactMap { color, name in name.map { "\(color) '\($0)'" } }
    return "Pictures show as \(parts.joined(separator: ", ")), each on its own scale."
  }

  /// A picture's caption with the legend of its colours.
  package func captioned(_ caption: String) -> String {
    [caption, legend ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
  }
}

extension PixelNormalization {
  /// - Parameter channels: of the network.
  /// - Throws: `InvalidSetting` where there are not as many statistics, or no scale.
  package func validate(channels: Int) throws {
    guard mean.count == channels, standardDeviation.count == channels, mean.allSatisfy(\.isFinite),
      standardDeviation.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw InvalidSetting(
        "normalization", "needs \(channels) means and \(channels) standard deviations above 0, one of each a channel")
    }
    guard format.map({ $0.isValid && $0.channels.count == channels }) ?? (channels == 3) else {
      throw InvalidSetting("normalization.format", "does not describe \(channels) channels of the images")
    }
  }

  /// What stands for no measurement, of 0 to 255: each channel's mean.
  package var fill: [Float] { mean.map { Float(255 * $0) } }

  /// Where photographs are read: refuses what would lose channels or bits as one.
  ///
  /// - Throws: `ImageError`.
  package func check(_ image: EncodedImage, header: ImageHeader) throws {
    // The other formats have nothing but 8-bit photographs.
    guard convertsOthers != true, header.bitDepth > 8 || header.format == .tiff || header.format == .npy else { return }
    let stored = try image.sampleHeader()
    guard !stored.isPhotographic8Bit else { return }
    throw ImageError.unsupported(
      """
      it has \(PixelFormat.text(stored.channelCount * stored.pageCount, stored.sampleType)), and the network sees 8-bit \
      photographs; --reading rgb makes such images ones
      """)
  }
}
