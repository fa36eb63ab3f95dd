public import ImageLoading
public import SplitMaskCore

/// The regions of a batch that the heads learn from.
public struct RegionSample: Sendable {
  /// The regions, image by image, in an image positives first.
  public private(set) var regions: [Region] = []
  /// Every region's class; `classCount` is background.
  public private(set) var labels: [Int] = []
  /// Where in ``regions`` positives are.
  public private(set) var positives: [Int] = []
  /// Which of its image's true boxes each positive has.
  public private(set) var truths: [Int] = []

  /// Matches the proposals, adds the true boxes to them, and draws.
  ///
  /// - Parameters:
  ///   - proposals: every image's.
  ///   - targets: every image's objects.
  ///   - classCount: classes without the background.
  ///   - matcher: matches proposals to true boxes.
  ///   - sampler: draws positives and negatives.
  ///   - generator: draws the regions to learn from.
  public init(
    proposals: [[Box]], targets: [DetectionTarget], classCount: Int, matcher: BoxMatcher = .proposals,
    sampler: BalancedSampler = .proposals, using generator: inout SeededGenerator
  ) {
    for (image, (proposals, target)) in zip(proposals, targets).enumerated() {
      var matches = matcher.match(proposals, to: target.boxes)
      // A true box is its own, whatever else lies there.
      matches.positives += target.boxes.indices.map { proposals.count + $0 }
      matches.truths += target.boxes.indices
      let boxes = proposals + target.boxes
      let sample = sampler.sample(matches, using: &generator)
      for (index, truth) in zip(sample.positives, sample.truths) {
        positives.append(regions.count)
        truths.append(truth)
        labels.append(target.labels[truth])
        regions.append(Region(image: image, box: boxes[index]))
      }
      for index in sample.negatives {
        labels.append(classCount)
        regions.append(Region(image: image, box: boxes[index]))
      }
    }
  }
}
