public import SplitMaskCore

/// Chooses some of an image's matched candidates to learn from: positives up to a share, negatives for the rest
/// (mmdetection 2.11, random_sampler.py).
public struct BalancedSampler: Codable, Hashable, Sendable {
  /// Candidates to choose.
  public var count: Int
  /// The largest share of positives.
  public var positiveFraction: Double

  /// Anchors: 256, up to half of them positive.
  public static let anchors = BalancedSampler(count: 256, positiveFraction: 0.5)
  /// Proposals: 512, up to a quarter of them positive.
  public static let proposals = BalancedSampler(count: 512, positiveFraction: 0.25)

  /// A number and a share.
  public init(count: Int, positiveFraction: Double) {
    self.count = count
    self.positiveFraction = positiveFraction
  }

  /// Draws without replacement; too few negatives leave the sample short.
  public func sample(_ matches: BoxMatcher.Matches, using generator: inout SeededGenerator) -> BoxMatcher.Matches {
    let limit = Int(Double(count) * positiveFraction)
    let positives = BalancedSampler.draw(limit, of: matches.positives.count, using: &generator)
    let negatives = BalancedSampler.draw(
      count - positives.count, of: matches.negatives.count, using: &generator)
    return BoxMatcher.Matches(
      positives: positives.map { matches.positives[$0] }, truths: positives.map { matches.truths[$0] },
      negatives: negatives.map { matches.negatives[$0] })
  }

  /// `wanted` different numbers below `count`, rising; all of them where there are no more.
  private static func draw(_ wanted: Int, of count: Int, using generator: inout SeededGenerator) -> [Int] {
    guard wanted < count else { return Array(0..<count) }
    // Floyd's way: as many draws as numbers wanted, however many there are to choose from.
    var chosen = Set<Int>(minimumCapacity: wanted)
    for last in count - wanted..<count {
      let number = generator.integer(in: 0...last)
      chosen.insert(chosen.contains(number) ? last : number)
    }
    return chosen.sorted()
  }
}
