public import ImageLoading

/// Keeps the best of boxes that overlap: by falling score, each box that overlaps no kept box of its group by more than
/// a threshold.
///
/// Plain Swift on the host: the decision is a chain of comparisons, and what it decides on is small.
public struct NonMaximumSuppression: Hashable, Sendable {
  /// The overlap, intersection over union, that a kept box may have with another.
  public var threshold: Float

  /// Boxes that overlap by more than `threshold` exclude each other.
  public init(threshold: Float) {
    self.threshold = threshold
  }

  /// The boxes to keep, by falling score; of equal scores the first comes first.
  ///
  /// - Parameters:
  ///   - boxes: the boxes.
  ///   - scores: a score for each box.
  ///   - groups: boxes of different groups, such as classes or levels, do not exclude each other; nil is one group.
  ///   - limit: the number of boxes to keep, over all groups; nil keeps all.
  public func keep(_ boxes: [Box], scores: [Float], groups: [Int]? = nil, limit: Int? = nil) -> [Int] {
    precondition(scores.count == boxes.count && (groups?.count ?? boxes.count) == boxes.count, "one of each a box")
    let order = boxes.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    var kept: [Int: KeptBoxes] = [:]
    var result: [Int] = []
    for index in order {
      if result.count == limit { break }
      let isKept = kept[groups?[index] ?? 0, default: KeptBoxes()].add(boxes[index], threshold: threshold)
      if isKept { result.append(index) }
    }
    return result
  }
}

/// The kept boxes of a group, eight side by side, as one comparison with all of them likes it.
private struct KeptBoxes {
  private typealias Lanes = SIMD8<Float>

  private struct Eight {
    // Boxes that lie nowhere overlap nothing.
    var left = Lanes(repeating: .infinity)
    var top = Lanes(repeating: .infinity)
    var right = Lanes(repeating: -.infinity)
    var bottom = Lanes(repeating: -.infinity)
    var area = Lanes(repeating: 0)
  }

  private var blocks: [Eight] = []
  private var count = 0

  /// Adds a box unless it overlaps one that is there by more than the threshold.
  mutating func add(_ box: Box, threshold: Float) -> Bool {
    guard !overlaps(box, threshold: threshold) else { return false }
    let lane = count % Lanes.scalarCount
    if lane == 0 { blocks.append(Eight()) }
    let last = blocks.count - 1
    blocks[last].left[lane] = box.left
    blocks[last].top[lane] = box.top
    blocks[last].right[lane] = box.right
    blocks[last].bottom[lane] = box.bottom
    blocks[last].area[lane] = box.area
    count += 1
    return true
  }

  private func overlaps(_ box: Box, threshold: Float) -> Bool {
    let zero = Lanes(repeating: 0)
    let (left, top) = (Lanes(repeating: box.left), Lanes(repeating: box.top))
    let (right, bottom) = (Lanes(repeating: box.right), Lanes(repeating: box.bottom))
    let (area, limit) = (Lanes(repeating: box.area), Lanes(repeating: threshold))
    for block in blocks {
      let width = smaller(right, block.right) - larger(left, block.left)
      let height = smaller(bottom, block.bottom) - larger(top, block.top)
      let intersection = larger(width, zero) * larger(height, zero)
      // 0 / 0 of boxes without area is NaN, which is above no threshold.
      if any(intersection / (area + block.area - intersection) .> limit) { return true }
    }
    return false
  }

  // The standard library's own go through the lanes one by one.
  private func smaller(_ first: Lanes, _ second: Lanes) -> Lanes {
    first.replacing(with: second, where: second .< first)
  }

  private func larger(_ first: Lanes, _ second: Lanes) -> Lanes {
    first.replacing(with: second, where: second .> first)
  }
}
