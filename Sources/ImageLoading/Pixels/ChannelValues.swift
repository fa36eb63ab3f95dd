import Foundation
import ImageCoding
import ImageData
import SplitMaskCore

/// Stored values of a sample of a data set, of each channel in rising order.
struct ChannelValues {
  /// The most images that are read.
  private static let imageLimit = 1000
  /// The most pixels that are taken of each, evenly over it.
  private static let pixelLimit = 4096
  /// Shares of values below and above the scale, as microscopists clip.
  static let percentiles = (low: 0.001, high: 0.999)

  private let sorted: [[Float]]
  private let imageCount: Int

  /// - Throws: `DatasetError` where no image can be read, or a channel has no measurement.
  init(of images: ImageDataset, _ choice: ChannelChoice) throws {
    var values = [[Float]](repeating: [], count: choice.sources.count)
    let buffer = FileBuffer()
    var read = 0
    let step = max(1, images.count / Self.imageLimit)
    for index in stride(from: 0, to: images.count, by: step) {
      let image = try? images.withBytes(of: index, buffer: buffer) {
        try EncodedImage(bytes: $0).decodeSamples(pages: choice.pages)
      }
      guard let image, image.channelCount == choice.fileChannelCount else { continue }
      Self.add(image, choice, to: &values)
      read += 1
      WorkProgress.report("looking at the images' values", done: index, total: images.count)
    }
    guard read > 0 else { throw DatasetError("none of the images that were looked at can be read") }
    for (name, own) in zip(choice.names, values) where own.isEmpty {
      throw DatasetError(
        "'\(name)' has no measurement in \(read) images: all is nodata or NaN; leave it out with pixels.channels")
    }
    for place in values.indices { values[place].sort() }
    (sorted, imageCount) = (values, read)
  }

  private static func add(_ image: SampleImage, _ choice: ChannelChoice, to values: inout [[Float]]) {
    let count = image.width * image.height
    let nodata = choice.nodata.map { Float($0) } ?? .nan
    for pixel in stride(from: 0, to: count, by: max(1, count / pixelLimit)) {
      for (place, source) in choice.sources.enumerated() {
        let value = image.values[pixel * image.channelCount + source - 1]
        if value.isFinite && value != nodata { values[place].append(value) }
      }
    }
  }

  /// Scale and statistics.
  ///
  /// - Throws: `DatasetError` for a channel of one value only; `InvalidSetting` for scales of other channels.
  func normalization(
    _ choice: ChannelChoice, _ config: PixelConfig
  ) throws -> (PixelNormalization, notes: [String]) {
    if let unseen = config.shown?.first(where: { !choice.sources.contains($0) }) {
      throw InvalidSetting("pixels.shown", "names channel \(unseen), which is not among those that are seen")
    }
    let scales = try scales(choice, config)
    let statistics = zip(sorted, scales).map(Self.statistics)
    let format = PixelFormat(
      sampleType: choice.sampleType, fileChannelCount: choice.fileChannelCount, pages: choice.pages,
      channels: zip(zip(choice.sources, choice.names), scales).map {
        PixelFormat.Channel(source: $0.0, name: $0.1, low: $1.lowerBound, high: $1.upperBound)
      }, nodata: choice.nodata, files: choice.files, shown: config.shown)
    let normalization = PixelNormalization(
      mean: statistics.map(\.mean), standardDeviation: statistics.map(\.deviation), format: format)
    return (normalization, choice.notes + [text(format)] + clippingNotes(format))
  }

  private func scales(_ choice: ChannelChoice, _ config: PixelConfig) throws -> [ClosedRange<Double>] {
    for (name, own) in zip(choice.names, sorted) where own.first == own.last {
      throw DatasetError(
        """
        '\(name)' is \(own[0]) everywhere in \(imageCount) \(imageCount == 1 ? "image" : "images"); leave it out with \
        pixels.channels
        """)
    }
    if let low = config.low, let high = config.high {
      guard low.count == 1 || low.count == sorted.count else {
        throw InvalidSetting("pixels.low", "has \(low.count) values for \(sorted.count) channels")
      }
      return sorted.indices.map { low.count == 1 ? low[0]...high[0] : low[$0]...high[$0] }
    }
    return sorted.map { values in
      guard config.scale == .percentiles else { return choice.typeRange }
      let (low, high) = (Self.value(values, Self.percentiles.low), Self.value(values, Self.percentiles.high))
      // Where nearly all values are one, the rest decides.
      return low < high ? low...high : Double(values[0])...Double(values[values.count - 1])
    }
  }

  static func value(_ sorted: [Float], _ share: Double) -> Double {
    Double(sorted[Int((Double(sorted.count - 1) * share).rounded())])
  }

  /// Of clipped values in [0, 1].
  private static func statistics(
    _ values: [Float], _ scale: ClosedRange<Double>
  ) -> (mean: Double, deviation: Double) {
    let length = scale.upperBound - scale.lowerBound
    func scaled(_ value: Float) -> Double { min(max((Double(value) - scale.lowerBound) / length, 0), 1) }
    let mean = values.reduce(0) { $0 + scaled($1) } / Double(values.count)
    let variance = values.reduce(0) { $0 + (scaled($1) - mean) * (scaled($1) - mean) } / Double(values.count)
    // A channel that hardly varies is not blown up.
    return (mean, max(variance.squareRoot(), 1e-3))
  }

  private func text(_ format: PixelFormat) -> String {
    let channels = format.channels.map {
      "\($0.name) \(HumanReadable.number($0.low)) to \(HumanReadable.number($0.high))"
    }
    return """
      images have \(PixelFormat.text(format.fileChannelCount, format.sampleType)); the encoder sees \
      \(channels.joined(separator: ", "))
      """
  }

  private func clippingNotes(_ format: PixelFormat) -> [String] {
    zip(format.channels, sorted).compactMap { channel, values in
      let share = Self.shareOutside(values, channel.low...channel.high)
      guard share > 0.01 else { return nil }
      return """
        \(HumanReadable.number(100 * share)) % of the values of '\(channel.name)' are outside its scale and clipped
        """
    }
  }

  private static func shareOutside(_ values: [Float], _ scale: ClosedRange<Double>) -> Double {
    Double(values.count { !scale.contains(Double($0)) }) / Double(values.count)
  }

  /// Where these values are not like those that an encoder was trained on, a sentence for each channel.
  func differences(from normalization: PixelNormalization, _ format: PixelFormat) -> [String] {
    zip(format.channels.indices, sorted).compactMap { place, values in
      let channel = format.channels[place]
      let own = Self.statistics(values, channel.low...channel.high)
      let (mean, deviation) = (normalization.mean[place], normalization.standardDeviation[place])
      let clipped = Self.shareOutside(values, channel.low...channel.high)
      guard abs(own.mean - mean) > 2 * deviation || clipped > 0.05 else { return nil }
      return """
        '\(channel.name)' has a mean of \(HumanReadable.number(own.mean)) on the encoder's scale (\
        \(HumanReadable.number(channel.low)) to \(HumanReadable.number(channel.high))), and it was trained on \
        \(HumanReadable.number(mean)); \(HumanReadable.number(100 * clipped)) % are clipped
        """
    }
  }
}
