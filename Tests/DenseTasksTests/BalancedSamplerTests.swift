import DenseTasks
import SplitMaskCore
import Testing

@Suite struct BalancedSamplerTests {
  private func matches(_ positives: Int, _ negatives: Int) -> BoxMatcher.Matches {
    BoxMatcher.Matches(
      positives: (0..<positives).map { 2 * $0 }, truths: (0..<positives).map { $0 % 7 },
      negatives: (0..<negatives).map { 2 * $0 + 1 })
  }

  private func sample(_ matches: BoxMatcher.Matches, index: Int = 0) -> BoxMatcher.Matches {
    var generator = SeededGenerator(seed: 3, index: index, purpose: .regionSampling)
    return BalancedSampler.anchors.sample(matches, using: &generator)
  }

  @Test func sharesAreKept() {
    #expect(sample(matches(1000, 1000)).positives.count == 128)
    #expect(sample(matches(1000, 1000)).negatives.count == 128)
    let few = sample(matches(10, 1000))
    #expect(few.positives == matches(10, 0).positives && few.negatives.count == 246)
    let short = sample(matches(1000, 20))
    #expect(short.positives.count == 128 && short.negatives.count == 20)
  }

  @Test func drawsAreDifferentCandidatesWithTheirOwnTruths() {
    let sampled = sample(matches(1000, 5000))
    #expect(Set(sampled.positives).count == 128 && Set(sampled.negatives).count == 128)
    #expect(zip(sampled.positives, sampled.truths).allSatisfy { $0 % 2 == 0 && $0 / 2 % 7 == $1 })
    #expect(sampled.negatives.allSatisfy { $0 % 2 == 1 })
  }

  @Test func drawsFollowTheGeneratorAndAreEven() {
    #expect(sample(matches(300, 900), index: 4) == sample(matches(300, 900), index: 4))
    #expect(sample(matches(300, 900), index: 4) != sample(matches(300, 900), index: 5))
    var counts = [Int](repeating: 0, count: 400)
    for index in 0..<400 { for chosen in sample(matches(400, 400), index: index).positives { counts[chosen / 2] += 1 } }
    // Binomial, 400 draws at .32: 128 with a deviation of 9.3.
    #expect(counts.allSatisfy { (80...176).contains($0) })
  }
}
