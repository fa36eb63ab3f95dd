package import ImageCoding
import SplitMaskCore

extension PixelConfig {
  /// An encoder's format for these files: what they are like may be said anew, what the encoder sees of them is settled.
  ///
  /// - Parameter format: the one that the encoder was trained on.
  /// - Returns: the same with these files' pages, their value for no measurement and the channels that pictures show.
  /// - Throws: `InvalidSetting` for a setting that asks for something else than the encoder sees.
  package func applied(to format: PixelFormat) throws -> PixelFormat {
    try validate()
    func settle(_ key: String, _ agrees: Bool, _ own: @autoclosure () -> String) throws {
      guard !agrees else { return }
      throw InvalidSetting("pixels.\(key)", "is settled by the encoder, which was trained on \(own()); leave it out")
    }
    let sources = format.channels.map(\.source)
    let names = format.channels.map(\.name)
    try settle("reading", reading != .rgb, PixelFormat.text(format.fileChannelCount, format.sampleType))
    try settle("channels", channels.map { $0 == sources } ?? true, "channels \(sources)")
    try settle("names", self.names.map { $0 == names } ?? true, "\(names)")
    try settle("alpha", agreesOnOpacity(with: format), "channels \(sources) of \(format.fileChannelCount)")
    try settle("scale", agreesOnScale(with: format), format.scaleText)
    try settle("low", agreesOnLimits(with: format), format.scaleText)
    var result = format
    result.pages = pages ?? format.pages
    result.nodata = nodata ?? format.nodata
    if let shown {
      guard let unseen = shown.first(where: { !sources.contains($0) }) else {
        result.shown = shown
        return result
      }
      throw InvalidSetting("pixels.shown", "names channel \(unseen), and the encoder sees \(sources)")
    }
    return result
  }

  private func agreesOnOpacity(with format: PixelFormat) -> Bool {
    let sources = format.channels.map(\.source)
    guard channels == nil else { return true }
    switch alpha {
    case .automatic: return true
    case .none: return sources.contains(format.fileChannelCount)
    case .last: return !sources.contains(format.fileChannelCount)
    }
  }

  private func agreesOnScale(with format: PixelFormat) -> Bool {
    switch scale {
    case .percentiles: true
    case .image: format.scalesEachImage == true
    case .type:
      // A file may use fewer bits than its type has.
      format.channels.allSatisfy { channel in
        (1...32).contains { format.sampleType.range(significantBits: $0) == channel.low...channel.high }
      }
    }
  }

  private func agreesOnLimits(with format: PixelFormat) -> Bool {
    guard let low, let high else { return true }
    func all(_ values: [Double]) -> [Double] {
      values.count == 1 ? [Double](repeating: values[0], count: format.channels.count) : values
    }
    return all(low) == format.channels.map(\.low) && all(high) == format.channels.map(\.high)
  }
}

extension PixelFormat {
  /// The scale of each channel in words.
  fileprivate var scaleText: String {
    guard scalesEachImage != true else { return "images of a scale of their own" }
    return channels.map { "\($0.name) \(HumanReadable.number($0.low)) to \(HumanReadable.number($0.high))" }
      .joined(separator: ", ")
  }
}
