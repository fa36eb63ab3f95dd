extension RunLengthMask {
  /// The pixels that are in any of the masks, which are of one size; nil for no masks.
  public static func union(of masks: some Collection<RunLengthMask>) -> RunLengthMask? {
    guard var result = masks.first else { return nil }
    for mask in masks.dropFirst() { result = result.combined(with: mask) { $0 || $1 } }
    return result
  }

  /// The pixels that are in all of the masks, which are of one size; nil for no masks.
  public static func intersection(of masks: some Collection<RunLengthMask>) -> RunLengthMask? {
    guard var result = masks.first else { return nil }
    for mask in masks.dropFirst() { result = result.combined(with: mask) { $0 && $1 } }
    return result
  }

  /// Intersection over union with a true mask of the same size; over this mask's own area where the true one is a crowd.
  ///
  /// - Parameters:
  ///   - truth: The other mask.
  ///   - isCrowd: Whether it stands for several objects, of which this mask may be one (cocoapi, common/maskApi.c).
  public func intersectionOverUnion(_ truth: RunLengthMask, isCrowd: Bool = false) -> Double {
    precondition(height == truth.height && width == truth.width, "masks of different sizes")
    let intersection = intersectionArea(truth)
    guard intersection > 0 else { return 0 }
    return Double(intersection) / Double(isCrowd ? area : area + truth.area - intersection)
  }

  private func combined(with other: RunLengthMask, _ rule: (Bool, Bool) -> Bool) -> RunLengthMask {
    precondition(height == other.height && width == other.width, "masks of different sizes")
    var runs = RunList()
    var (mine, theirs) = (RunCursor(counts), RunCursor(other.counts))
    while mine.count > 0, theirs.count > 0 {
      let step = min(mine.count, theirs.count)
      runs.append(step, isInside: rule(mine.isInside, theirs.isInside))
      mine.advance(by: step)
      theirs.advance(by: step)
    }
    return RunLengthMask(trusted: runs.counts, height: height, width: width)
  }

  /// Runs of ones are compared as intervals, both lists from left to right.
  func intersectionArea(_ other: RunLengthMask) -> Int {
    counts.withUnsafeBufferPointer { mine in
      other.counts.withUnsafeBufferPointer { theirs in
        guard mine.count > 1, theirs.count > 1 else { return 0 }
        var (i, j, sum) = (1, 1, 0)
        var (start, otherStart) = (Int(mine[0]), Int(theirs[0]))
        while true {
          let (end, otherEnd) = (start + Int(mine[i]), otherStart + Int(theirs[j]))
          sum += max(0, min(end, otherEnd) - max(start, otherStart))
          if end < otherEnd {
            guard i + 2 < mine.count else { return sum }
            start = end + Int(mine[i + 1])
            i += 2
          } else {
            guard j + 2 < theirs.count else { return sum }
            otherStart = otherEnd + Int(theirs[j + 1])
            j += 2
          }
        }
      }
    }
  }
}

/// Where one is in a list of runs; `count` is 0 at its end.
private struct RunCursor {
  private let counts: [UInt32]
  private var place = 0
  private(set) var count: UInt32
  private(set) var isInside = false

  init(_ counts: [UInt32]) {
    self.counts = counts
    count = counts.first ?? 0
    skipEmpty()
  }

  mutating func advance(by step: UInt32) {
    count -= step
    skipEmpty()
  }

  private mutating func skipEmpty() {
    while count == 0, place + 1 < counts.count {
      place += 1
      count = counts[place]
      isInside.toggle()
    }
  }
}
