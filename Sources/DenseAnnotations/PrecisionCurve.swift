/// Precision over recall of one class at one threshold.
///
/// Only places at which something is found matter: between them recall stands still and precision falls.
struct PrecisionCurve {
  /// The highest recall.
  let recall: Double
  /// For each truth found, in order, the best precision there or later.
  private var envelope: [Double] = []
  private let truthCount: Int

  /// - Parameters:
  ///   - entries: Detections, best first.
  ///   - bit: Which bit of their sets to look at.
  ///   - truthCount: How many there were to be found; at least 1.
  init(_ entries: [CategoryMatches.Entry], bit: UInt64, truthCount: Int) {
    self.truthCount = truthCount
    var (found, wrong) = (0, 0)
    for entry in entries where entry.ignored & bit == 0 {
      if entry.matched & bit != 0 {
        found += 1
        envelope.append(Double(found) / (Double(wrong + found) + .ulpOfOne))
      } else {
        wrong += 1
      }
    }
    recall = Double(found) / Double(truthCount)
    for place in envelope.indices.dropLast().reversed() {
      envelope[place] = max(envelope[place], envelope[place + 1])
    }
  }

  /// Precision where recall first reaches each of the points, which ascend; 0 where it never does.
  func samples(at points: [Double]) -> [Double] {
    var place = 0
    return points.map { point in
      while place < envelope.count, Double(place + 1) / Double(truthCount) < point { place += 1 }
      return place < envelope.count ? envelope[place] : 0
    }
  }
}
