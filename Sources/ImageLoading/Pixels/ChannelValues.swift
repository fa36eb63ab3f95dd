import Dispatch
import ImageCoding
import ImageData
import SplitMaskCore
import Synchronization

/// Stored values of a sample of a data set, of each channel in rising order.
struct ChannelValues {
  /// The most images that are read before a run on them.
  static let surveyLimit = 1000
  /// The most images that are read to see whether they are like an encoder's.
  static let checkLimit = 100

  /// The images that were read, and those of them that could not be.
  let sample: ImageSample
  private let sorted: [[Float]]
  /// Of each channel, the share of values that are no measurement.
  private let missingShares: [Double]
  /// Whether an encoder decides which channels are seen.
  private let isSettled: Bool
  private let imageCount: Int
  /// Of each channel, where every image has a scale of its own; nil where all have one.
  private let statisticsByImage: [Statistics]?

  /// Of clipped values in [0, 1].
  private struct Statistics {
    let mean: Double
    let deviation: Double
  }

  /// - Parameters:
  ///   - images: the data set.
  ///   - choice: which channels.
  ///   - limit: the most images that are read, evenly over the data set.
  ///   - scalesEachImage: whether every image is to have a scale of its own.
  ///   - isSettled: whether an encoder decides which channels are seen.
  /// - Throws: `DatasetError` where no image can be read, or a channel has no measurement.
  init(
    of images: ImageDataset, _ choice: ChannelChoice, limit: Int, scalesEachImage: Bool = false, isSettled: Bool = false
  ) throws {
    let (read, sample) = Self.values(of: images, choice, limit: limit)
    guard !read.isEmpty else {
      let example = sample.firstProblem.map { ", such as \($0)" } ?? ""
      throw DatasetError("none of the images that were looked at can be read\(example)")
    }
    self.sample = sample
    let values = choice.sources.indices.map { place in read.flatMap { $0[place].measured } }
    for (name, own) in zip(choice.names, values) where own.isEmpty {
      let advice = isSettled ? ", and the encoder needs it" : "; leave it out with --channels"
      throw DatasetError("'\(name)' has no measurement in \(read.count) images: all is nodata or NaN\(advice)")
    }
    missingShares = choice.sources.indices.map { place in
      let all = read.reduce(0) { $0 + $1[place].count }
      return 1 - Double(values[place].count) / Double(max(all, 1))
    }
    self.isSettled = isSettled
    sorted = values.map { $0.sorted() }
    imageCount = read.count
    statisticsByImage =
      scalesEachImage
      ? choice.sources.indices.map { place in Self.statisticsByImage(read.map { $0[place].measured }) } : nil
  }

  /// Values of every channel of the images that can be read, and which were looked at.
  private static func values(
    of images: ImageDataset, _ choice: ChannelChoice, limit: Int
  ) -> (values: [[SampledValues]], sample: ImageSample) {
    let step = max(1, images.count / limit)
    let count = (images.count + step - 1) / step
    let found = Mutex((values: [[SampledValues]?](repeating: nil, count: count), sample: ImageSample()))
    let done = Atomic(0)
    // Called on other threads, where the observer is not known.
    let observer = WorkProgress.observer
    DispatchQueue.concurrentPerform(iterations: count) { number in
      let index = number * step
      do {
        let own = try values(of: index, images, choice)
        found.withLock { found in
          found.values[number] = own
          found.sample.look(at: index, of: images)
        }
      } catch {
        found.withLock { $0.sample.look(at: index, of: images, problem: error) }
      }
      let looked = done.add(1, ordering: .relaxed).newValue
      observer?(WorkProgress("looking at the images' values", done: looked, total: count))
    }
    return found.withLock { ($0.values.compactMap(\.self), $0.sample) }
  }

  private static func values(of index: Int, _ images: ImageDataset, _ choice: ChannelChoice) throws -> [SampledValues] {
    let image = try images.withBytes(of: index) { try EncodedImage(bytes: $0).decodeSamples(pages: choice.pages) }
    guard image.channelCount == choice.fileChannelCount else {
      throw DatasetError("has \(image.channelCount) channels instead of \(choice.fileChannelCount)")
    }
    return choice.sources.map { SampledValues(image, channel: $0 - 1, nodata: choice.nodata) }
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
    let statistics = statisticsByImage ?? zip(sorted, scales).map { Self.statistics($0, $1) }
    let format = PixelFormat(
      sampleType: choice.sampleType, fileChannelCount: choice.fileChannelCount, pages: choice.pages,
      channels: zip(zip(choice.sources, choice.names), scales).map {
        PixelFormat.Channel(source: $0.0, name: $0.1, low: $1.lowerBound, high: $1.upperBound)
      }, nodata: choice.nodata, files: choice.files, shown: config.shown,
      scalesEachImage: statisticsByImage == nil ? nil : true)
    let normalization = PixelNormalization(
      mean: statistics.map(\.mean), standardDeviation: statistics.map(\.deviation), format: format)
    let clipping = statisticsByImage == nil ? clippingNotes(format) : []
    return (normalization, choice.notes + [text(format)] + missingNotes(choice) + clipping)
  }

  private func scales(_ choice: ChannelChoice, _ config: PixelConfig) throws -> [ClosedRange<Double>] {
    for (name, own) in zip(choice.names, sorted) where own.first == own.last {
      let (value, images) = (HumanReadable.number(Double(own[0])), imageCount == 1 ? "image" : "images")
      throw DatasetError("'\(name)' is \(value) everywhere in \(imageCount) \(images); leave it out with --channels")
    }
    if let low = config.low, let high = config.high {
      guard low.count == 1 || low.count == sorted.count else {
        throw InvalidSetting("pixels.low", "has \(low.count) values for \(sorted.count) channels")
      }
      return sorted.indices.map { low.count == 1 ? low[0]...high[0] : low[$0]...high[$0] }
    }
    return sorted.map { config.scale == .type ? choice.typeRange : ChannelScale.range($0)! }
  }

  private static func statistics(_ values: [Float], _ scale: ClosedRange<Double>) -> Statistics {
    statistics(values.lazy.map { scaled($0, scale) }, count: values.count)
  }

  /// Of values of which each image's are on a scale of their own.
  private static func statisticsByImage(_ images: [[Float]]) -> Statistics {
    let scaled = images.flatMap { values in
      ChannelScale.range(values.sorted()).map { scale in values.map { Self.scaled($0, scale) } } ?? []
    }
    return statistics(scaled, count: scaled.count)
  }

  private static func scaled(_ value: Float, _ scale: ClosedRange<Double>) -> Double {
    min(max((Double(value) - scale.lowerBound) / (scale.upperBound - scale.lowerBound), 0), 1)
  }

  private static func statistics(_ values: some Sequence<Double>, count: Int) -> Statistics {
    let count = Double(max(count, 1))
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    // A channel that hardly varies is not blown up.
    return Statistics(mean: mean, deviation: max(variance.squareRoot(), 1e-3))
  }

  private func text(_ format: PixelFormat) -> String {
    let isByImage = format.scalesEachImage == true
    let channels = format.channels.map {
      isByImage ? $0.name : "\($0.name) \(HumanReadable.number($0.low)) to \(HumanReadable.number($0.high))"
    }
    let loss = isByImage ? ", each image on a scale of its own, so that it does not see which of two is brighter" : ""
    return """
      images have \(PixelFormat.text(format.fileChannelCount, format.sampleType)); the encoder sees \
      \(channels.joined(separator: ", "))\(loss)
      """
  }

  /// What is no measurement, and what may be none though nobody says so.
  private func missingNotes(_ choice: ChannelChoice) -> [String] {
    var notes: [String] = []
    let which = choice.nodata.map { "\(HumanReadable.number($0)) or NaN" } ?? "NaN"
    if let most = missingShares.max(), most > 0 {
      let least = missingShares.min()!
      let share = "\(least == most ? "" : "up to ")\(HumanReadable.number(100 * most)) %"
      notes.append("no measurement (\(which)): \(share) of a channel's values, which become its mean")
    } else if choice.nodata != nil {
      notes.append("no value is \(which), which stands for no measurement")
    }
    if choice.nodata == nil, let least = sorted.first?.first, least < 0, least.rounded() == least,
      sorted.allSatisfy({ values in values[0] == least && 100 * values.count { $0 == least } >= values.count })
    {
      let text = Int(exactly: least).map(String.init) ?? "\(least)"
      notes.append(
        "\(text) is the least value of every channel, and frequent: --nodata \(text), if it stands for no measurement")
    }
    return notes
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
      let isLikewise = abs(own.mean - mean) <= deviation && Self.usualSpread.contains(own.deviation / deviation)
      guard !isLikewise || clipped > 0.05 else { return nil }
      return """
        '\(channel.name)' has a mean of \(HumanReadable.number(own.mean)) and a deviation of \
        \(HumanReadable.number(own.deviation)) on the encoder's scale (\(HumanReadable.number(channel.low)) to \
        \(HumanReadable.number(channel.high))), and it was trained on \(HumanReadable.number(mean)) and \
        \(HumanReadable.number(deviation)); \(HumanReadable.number(100 * clipped)) % are clipped
        """
    }
  }

  /// Deviations in terms of those that an encoder was trained on.
  private static let usualSpread = 1.0 / 3...3
}

/// Values of one image's channel, at places evenly over it.
private struct SampledValues: Sendable {
  /// Those that are measurements.
  let measured: [Float]
  /// How many were looked at.
  let count: Int

  init(_ image: SampleImage, channel: Int, nodata: Double?) {
    measured = image.sampledValues(ofChannel: channel, nodata: nodata)
    count = image.sampledCount
  }
}
