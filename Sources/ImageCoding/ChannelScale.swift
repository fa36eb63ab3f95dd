/// A channel's scale by its own values.
package enum ChannelScale {
  /// The shares of values that are below its ends, as microscopists clip.
  package static let shares = (low: 0.001, high: 0.999)

  /// The value that a share of others is below.
  ///
  /// - Parameters:
  ///   - sorted: in rising order, at least one.
  ///   - share: 0 to 1.
  package static func value(_ sorted: [Float], _ share: Double) -> Double {
    Double(sorted[Int((Double(sorted.count - 1) * share).rounded())])
  }

  /// From the low percentile to the high one; where these are the same, from the least value to the greatest. nil where all
  /// values are the same, or there are none.
  package static func range(_ sorted: [Float]) -> ClosedRange<Double>? {
    guard let least = sorted.first, let greatest = sorted.last, least < greatest else { return nil }
    let (low, high) = (value(sorted, shares.low), value(sorted, shares.high))
    return low < high ? low...high : Double(least)...Double(greatest)
  }
}

extension SampleImage {
  /// The most pixels of which values are taken.
  private static let sampledPixels = 4096

  private var sampledStep: Int { max(1, width * height / Self.sampledPixels) }

  /// How many pixels ``sampledValues(ofChannel:nodata:)`` looks at.
  package var sampledCount: Int { (width * height + sampledStep - 1) / sampledStep }

  /// The values of a channel at some pixels, evenly over the image, without those that stand for no measurement.
  ///
  /// - Parameters:
  ///   - channel: counted from 0.
  ///   - nodata: the value that stands for no measurement, beside NaN.
  package func sampledValues(ofChannel channel: Int, nodata: Double?) -> [Float] {
    let nodata = nodata.map { Float($0) } ?? .nan
    let step = sampledStep * channelCount
    return values.withUnsafeBufferPointer { values in
      stride(from: channel, to: values.count, by: step).lazy.map { values[$0] }.filter { $0.isFinite && $0 != nodata }
    }
  }
}
