public import ImageLoading
public import VisionModels

/// Assigns candidate boxes, which are anchors or proposals, to an image's true boxes by their overlap
/// (mmdetection 2.11, max_iou_assigner.py).
///
/// A candidate takes the true box it overlaps most, the first of several: it is positive from one overlap on, negative
/// below another, and left out between them. Then every true box whose best overlap is large enough makes all
/// candidates with just that overlap its own, a later box overruling an earlier one, so that no object goes without a
/// candidate.
public struct BoxMatcher: Codable, Hashable, Sendable {
  /// The overlap from which a candidate is positive.
  public var positiveOverlap: Float
  /// The overlap below which a candidate is negative.
  public var negativeOverlap: Float
  /// The overlap from which a true box's best candidates are its own.
  public var lowestBestOverlap: Float

  /// Anchors: .7, .3, .3.
  public static let anchors = BoxMatcher(positiveOverlap: 0.7, negativeOverlap: 0.3, lowestBestOverlap: 0.3)
  /// Proposals: .5 throughout.
  public static let proposals = BoxMatcher(positiveOverlap: 0.5, negativeOverlap: 0.5, lowestBestOverlap: 0.5)

  /// What became of the candidates.
  public struct Matches: Equatable, Sendable {
    /// Positive candidates, rising.
    public var positives: [Int]
    /// The true box of each.
    public var truths: [Int]
    /// Negative candidates, rising.
    public var negatives: [Int]

    /// Candidates by what became of them.
    public init(positives: [Int] = [], truths: [Int] = [], negatives: [Int] = []) {
      precondition(truths.count == positives.count, "one true box a positive candidate")
      self.positives = positives
      self.truths = truths
      self.negatives = negatives
    }
  }

  private static let negative: Int32 = -1
  private static let ignored: Int32 = -2

  /// Thresholds; the first is at least the second.
  public init(positiveOverlap: Float, negativeOverlap: Float, lowestBestOverlap: Float) {
    self.positiveOverlap = positiveOverlap
    self.negativeOverlap = negativeOverlap
    self.lowestBestOverlap = lowestBestOverlap
  }

  /// Matches boxes.
  public func match(_ candidates: [Box], to truths: [Box]) -> Matches {
    let all = [candidates.indices]
    return match(candidates, valid: all, to: truths) { _ in all }
  }

  /// Matches an image's valid anchors.
  ///
  /// - Parameters:
  ///   - anchors: the anchors of the batch's images.
  ///   - boxes: ``AnchorSet/boxes``, which a batch makes once.
  ///   - size: of the image with its own padding.
  ///   - truths: the image's true boxes.
  public func match(_ anchors: AnchorSet, boxes: [Box], in size: ImageSize, to truths: [Box]) -> Matches {
    match(boxes, valid: anchors.validRanges(in: size), to: truths) { anchors.ranges(near: $0, in: size) }
  }

  private func match(
    _ candidates: [Box], valid: [Range<Int>], to truths: [Box], near: (Box) -> [Range<Int>]
  ) -> Matches {
    var assigned = [Int32](repeating: BoxMatcher.negative, count: candidates.count)
    var highest = [Float](repeating: 0, count: candidates.count)
    let best = truths.enumerated().map { number, truth in
      near(truth).reduce(Float(0)) { best, range in
        range.reduce(best) { best, index in
          let overlap = truth.intersectionOverUnion(candidates[index])
          if overlap > highest[index] {
            highest[index] = overlap
            assigned[index] = state(overlap, truth: number)
          }
          return max(best, overlap)
        }
      }
    }
    for (number, truth) in truths.enumerated() where best[number] >= lowestBestOverlap {
      for index in near(truth).joined() where truth.intersectionOverUnion(candidates[index]) == best[number] {
        assigned[index] = Int32(number)
      }
    }
    return matches(assigned, valid: valid)
  }

  private func state(_ overlap: Float, truth: Int) -> Int32 {
    if overlap >= positiveOverlap { return Int32(truth) }
    return overlap < negativeOverlap ? BoxMatcher.negative : BoxMatcher.ignored
  }

  private func matches(_ assigned: [Int32], valid: [Range<Int>]) -> Matches {
    var result = Matches()
    result.negatives.reserveCapacity(valid.reduce(0) { $0 + $1.count })
    for index in valid.joined() {
      switch assigned[index] {
      case BoxMatcher.negative: result.negatives.append(index)
      case BoxMatcher.ignored: break
      case let truth:
        result.positives.append(index)
        result.truths.append(Int(truth))
      }
    }
    return result
  }
}
