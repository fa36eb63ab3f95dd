/// What was seen of one channel's values. Which image is added before which makes no difference.
struct ChannelTally: Sendable {
  private(set) var measuredCount = 0
  private(set) var missingCount = 0
  private(set) var least = Float.infinity
  private(set) var greatest = -Float.infinity
  private(set) var leastCount = 0
  private(set) var greatestCount = 0
  /// Some of the measured values.
  private(set) var samples: [Float] = []

  /// Nothing yet.
  init() {}

  /// One channel of an image.
  ///
  /// - Parameters:
  ///   - values: interleaved.
  ///   - channel: counted from 0.
  ///   - channelCount: values of a pixel.
  ///   - nodata: what stands for no measurement; NaN for none.
  ///   - sampleCount: how many pixels are kept, evenly over the image.
  init(_ values: [Float], channel: Int, of channelCount: Int, nodata: Float, sampleCount: Int) {
    values.withUnsafeBufferPointer { values in
      for index in stride(from: channel, to: values.count, by: channelCount) { count(values[index], nodata) }
      guard sampleCount > 0 else { return }
      let step = max(1, values.count / channelCount / sampleCount) * channelCount
      for index in stride(from: channel, to: values.count, by: step)
      where values[index].isFinite && values[index] != nodata {
        samples.append(values[index])
      }
    }
  }

  /// Whether no two measured values differ.
  var isConstant: Bool { leastCount == measuredCount }

  private mutating func count(_ value: Float, _ nodata: Float) {
    guard value.isFinite && value != nodata else {
      missingCount += 1
      return
    }
    measuredCount += 1
    noteLeast(value, 1)
    noteGreatest(value, 1)
  }

  private mutating func noteLeast(_ value: Float, _ count: Int) {
    if value < least { (least, leastCount) = (value, 0) }
    if value == least { leastCount += count }
  }

  private mutating func noteGreatest(_ value: Float, _ count: Int) {
    if value > greatest { (greatest, greatestCount) = (value, 0) }
    if value == greatest { greatestCount += count }
  }

  /// The values of both.
  mutating func add(_ other: ChannelTally) {
    measuredCount += other.measuredCount
    missingCount += other.missingCount
    if other.measuredCount > 0 {
      noteLeast(other.least, other.leastCount)
      noteGreatest(other.greatest, other.greatestCount)
    }
    samples += other.samples
  }
}
