import ImageCoding

extension DataScan {
  /// The stored values of one channel, over all images of a kind.
  ///
  /// Least, greatest and shares are of every value; mean, percentiles and histogram of a sample, evenly over the images.
  public struct ChannelStatistics: Codable, Hashable, Sendable {
    /// What the files call it, or "channel" and its number.
    public let name: String
    /// The least measured value; nil where nothing was measured.
    public let least: Double?
    /// The greatest measured value; nil where nothing was measured.
    public let greatest: Double?
    /// The mean; nil where nothing was measured.
    public let mean: Double?
    /// The 0.1th percentile; nil where nothing was measured.
    public let low: Double?
    /// The 99.9th percentile; nil where nothing was measured.
    public let high: Double?
    /// The share of measured values that equal the least.
    public let leastShare: Double
    /// The share of measured values that equal the greatest: of a sensor that reached its limit more than a few.
    public let saturatedShare: Double
    /// The share of values that are NaN, infinite or the file's value for no measurement.
    public let missingShare: Double
    /// How many values of the sample lie in each of 64 equal steps from the least to the greatest.
    public let histogram: [Int]

    private enum CodingKeys: String, CodingKey {
      case name, least, greatest, mean, histogram
      case low = "percentile_0_1"
      case high = "percentile_99_9"
      case leastShare = "least_share"
      case saturatedShare = "saturated_share"
      case missingShare = "missing_share"
    }

    static let binCount = 64

    init(_ name: String, _ tally: ChannelTally) {
      self.name = name
      missingShare = Self.share(tally.missingCount, of: tally.missingCount + tally.measuredCount)
      leastShare = Self.share(tally.leastCount, of: tally.measuredCount)
      saturatedShare = Self.share(tally.greatestCount, of: tally.measuredCount)
      guard tally.measuredCount > 0 else {
        (least, greatest, mean, low, high, histogram) = (nil, nil, nil, nil, nil, [])
        return
      }
      let (least, greatest) = (Double(tally.least), Double(tally.greatest))
      // Where the sample met nothing measured, the ends stand for it.
      let sorted = tally.samples.isEmpty ? [tally.least, tally.greatest] : tally.samples.sorted()
      self.least = least
      self.greatest = greatest
      mean = sorted.reduce(0) { $0 + Double($1) } / Double(sorted.count)
      low = ChannelScale.value(sorted, ChannelScale.shares.low)
      high = ChannelScale.value(sorted, ChannelScale.shares.high)
      histogram = Self.histogram(sorted, from: least, to: greatest)
    }

    private static func share(_ count: Int, of whole: Int) -> Double {
      whole == 0 ? 0 : Double(count) / Double(whole)
    }

    private static func histogram(_ values: [Float], from least: Double, to greatest: Double) -> [Int] {
      var counts = [Int](repeating: 0, count: binCount)
      let scale = greatest > least ? Double(binCount) / (greatest - least) : 0
      for value in values { counts[min(Int((Double(value) - least) * scale), binCount - 1)] += 1 }
      return counts
    }
  }
}
