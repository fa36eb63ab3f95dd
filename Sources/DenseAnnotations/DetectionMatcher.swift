/// All detections of one class, matched, image after image.
struct CategoryMatches {
  /// One detection. Bit `10 · area + threshold` of the sets says what holds for that range of areas and that threshold.
  struct Entry {
    let score: Double
    /// Its rank among the image's detections of the class, from 0.
    let rank: Int
    /// Whether it found something.
    let matched: UInt64
    /// Whether it does not count.
    let ignored: UInt64
  }

  private(set) var entries: [Entry] = []
  /// What there was to be found, for each range of areas.
  var truthCounts = [Int](repeating: 0, count: COCOEvaluation.areaRanges.count)

  mutating func reserve(_ count: Int) { entries.reserveCapacity(count) }

  mutating func append(_ entry: Entry) { entries.append(entry) }
}

/// Matches the detections of one class in one image, for all ranges of areas and thresholds.
///
/// The best detection chooses first: the free truth of the highest overlap, of equals the last, one that counts before one
/// that does not. Crowds stay free.
struct DetectionMatcher {
  /// A detection, ready to be compared.
  struct Candidate {
    let score: Double
    let shape: COCOEvaluator.Shape
    let area: Double

    init(_ detection: COCODetection, _ kind: COCOResults.Kind) {
      score = detection.score
      switch kind {
      case .boxes:
        shape = .box(detection.box)
        area = detection.box.area
      case .masks:
        // The evaluator has made sure of the mask.
        shape = COCOEvaluator.Shape(mask: detection.mask!)
        guard case .mask(_, _, let pixels) = shape else { preconditionFailure("a mask is a mask") }
        area = detection.maskSizeArea ?? Double(pixels)
      }
    }
  }

  private static let thresholdCount = COCOEvaluation.overlapThresholds.count
  private static let allThresholds: UInt64 = 1 << UInt64(thresholdCount) - 1

  /// `[candidates, truths]`, in the order of the file.
  private var overlaps: [Double] = []
  /// For each truth the thresholds at which it was taken, as bits.
  private var taken: [UInt64] = []
  private var matched: [UInt64] = []
  private var ignored: [UInt64] = []

  /// Matches `candidates`, best first, and adds them to `matches`.
  mutating func match(truths: [COCOEvaluator.Truth], candidates: [Candidate], into matches: inout CategoryMatches) {
    overlaps.removeAll(keepingCapacity: true)
    for candidate in candidates {
      for truth in truths {
        overlaps.append(candidate.shape.intersectionOverUnion(truth.shape, isCrowd: truth.isCrowd))
      }
    }
    matched = [UInt64](repeating: 0, count: candidates.count)
    ignored = matched
    for (area, range) in COCOEvaluation.areaRanges.enumerated() {
      let isIgnored = truths.map { $0.isCrowd || !range.contains($0.area) }
      matches.truthCounts[area] += isIgnored.count { !$0 }
      let shift = UInt64(area * Self.thresholdCount)
      if !truths.isEmpty { match(truths, isIgnored, candidateCount: candidates.count, shift: shift) }
      for (place, candidate) in candidates.enumerated() where !range.contains(candidate.area) {
        ignored[place] |= (Self.allThresholds << shift) & ~matched[place]
      }
    }
    for (rank, candidate) in candidates.enumerated() {
      matches.append(
        CategoryMatches.Entry(score: candidate.score, rank: rank, matched: matched[rank], ignored: ignored[rank]))
    }
  }

  private mutating func match(
    _ truths: [COCOEvaluator.Truth], _ isIgnored: [Bool], candidateCount: Int, shift: UInt64
  ) {
    let order = truths.indices.filter { !isIgnored[$0] } + truths.indices.filter { isIgnored[$0] }
    taken = [UInt64](repeating: 0, count: truths.count)
    for candidate in 0..<candidateCount {
      let row = candidate * truths.count
      for (number, threshold) in COCOEvaluation.overlapThresholds.enumerated() {
        let bit: UInt64 = 1 << UInt64(number)
        var (best, bestOverlap) = (-1, min(threshold, 1 - 1e-10))
        for truth in order {
          if taken[truth] & bit != 0, !truths[truth].isCrowd { continue }
          if best >= 0, isIgnored[truth], !isIgnored[best] { break }
          guard overlaps[row + truth] >= bestOverlap else { continue }
          (best, bestOverlap) = (truth, overlaps[row + truth])
        }
        guard best >= 0 else { continue }
        taken[best] |= bit
        matched[candidate] |= bit << shift
        if isIgnored[best] { ignored[candidate] |= bit << shift }
      }
    }
  }
}
