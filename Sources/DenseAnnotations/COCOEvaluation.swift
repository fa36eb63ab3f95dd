/// COCO's precision and recall of one set of detections.
public struct COCOEvaluation: Hashable, Sendable {
  /// The overlaps from which on a detection has found something: .50 to .95, ten of them.
  public static let overlapThresholds: [Double] = evenlySpaced(from: 0.5, through: 0.95, count: 10)
  /// The recalls at which precision is read: 0 to 1, 101 of them.
  public static let recallPoints: [Double] = evenlySpaced(from: 0, through: 1, count: 101)
  /// All, small, medium and large, in pixels; both ends belong to them.
  public static let areaRanges: [ClosedRange<Double>] = [0...1e10, 0...1024, 1024...9216, 9216...1e10]
  /// The names of ``areaRanges``.
  public static let areaNames = ["all", "small", "medium", "large"]
  /// How many detections count of each class in each image.
  public static let detectionLimits = [1, 10, 100]

  /// The classes.
  public let categories: [COCODataset.Category]
  /// `[thresholds, recall points, classes, areas, limits]`; -1 where there was nothing to be found.
  public private(set) var precision: [Double]
  /// The highest recall, `[thresholds, classes, areas, limits]`; -1 where there was nothing to be found.
  public private(set) var recall: [Double]

  init(categories: [COCODataset.Category]) {
    self.categories = categories
    let cells =
      Self.overlapThresholds.count * categories.count * Self.areaRanges.count * Self.detectionLimits.count
    precision = [Double](repeating: -1, count: cells * Self.recallPoints.count)
    recall = [Double](repeating: -1, count: cells)
  }

  /// As NumPy's `linspace` rounds them.
  private static func evenlySpaced(from first: Double, through last: Double, count: Int) -> [Double] {
    let step = (last - first) / Double(count - 1)
    return (0..<count - 1).map { Double($0) * step + first } + [last]
  }

  private func recallIndex(_ threshold: Int, _ category: Int, _ area: Int, _ limit: Int) -> Int {
    ((threshold * categories.count + category) * Self.areaRanges.count + area) * Self.detectionLimits.count + limit
  }

  private func precisionIndex(_ threshold: Int, _ point: Int, _ category: Int, _ area: Int, _ limit: Int) -> Int {
    recallIndex(threshold * Self.recallPoints.count + point, category, area, limit)
  }

  /// Adds one class.
  mutating func accumulate(_ matches: CategoryMatches, category: Int) {
    let entries = matches.entries
    let order = entries.indices.sorted { left, right in
      let (score, other) = (entries[left].score, entries[right].score)
      return score > other || (score == other && left < right)
    }
    let sorted = order.map { entries[$0] }
    for area in Self.areaRanges.indices where matches.truthCounts[area] > 0 {
      for (limit, most) in Self.detectionLimits.enumerated() {
        let counted = sorted.filter { $0.rank < most }
        for threshold in Self.overlapThresholds.indices {
          let bit: UInt64 = 1 << UInt64(area * Self.overlapThresholds.count + threshold)
          let curve = PrecisionCurve(counted, bit: bit, truthCount: matches.truthCounts[area])
          recall[recallIndex(threshold, category, area, limit)] = curve.recall
          for (point, value) in curve.samples(at: Self.recallPoints).enumerated() {
            precision[precisionIndex(threshold, point, category, area, limit)] = value
          }
        }
      }
    }
  }

  // MARK: What is reported

  /// The twelve numbers.
  public var summary: COCOSummary {
    COCOSummary(
      averagePrecision: meanPrecision(), averagePrecision50: meanPrecision(threshold: 0),
      averagePrecision75: meanPrecision(threshold: 5), averagePrecisionSmall: meanPrecision(area: 1),
      averagePrecisionMedium: meanPrecision(area: 2), averagePrecisionLarge: meanPrecision(area: 3),
      averageRecall1: meanRecall(limit: 0), averageRecall10: meanRecall(limit: 1), averageRecall100: meanRecall(),
      averageRecallSmall: meanRecall(area: 1), averageRecallMedium: meanRecall(area: 2),
      averageRecallLarge: meanRecall(area: 3))
  }

  /// Each class's average precision over all thresholds, areas of all sizes; nil where there was nothing to be found.
  public var averagePrecisionPerCategory: [Double?] {
    categories.indices.map { category in
      let mean = meanPrecision(category: category)
      return mean < 0 ? nil : mean
    }
  }

  /// The mean over all cells that there are; -1 where there are none.
  private func meanPrecision(threshold: Int? = nil, category: Int? = nil, area: Int = 0) -> Double {
    var values = MeanOfKnown()
    for threshold in threshold.map({ $0..<($0 + 1) }) ?? Self.overlapThresholds.indices {
      for point in Self.recallPoints.indices {
        for category in category.map({ $0..<($0 + 1) }) ?? categories.indices {
          values.add(precision[precisionIndex(threshold, point, category, area, Self.detectionLimits.count - 1)])
        }
      }
    }
    return values.mean
  }

  private func meanRecall(area: Int = 0, limit: Int = detectionLimits.count - 1) -> Double {
    var values = MeanOfKnown()
    for threshold in Self.overlapThresholds.indices {
      for category in categories.indices { values.add(recall[recallIndex(threshold, category, area, limit)]) }
    }
    return values.mean
  }
}

private struct MeanOfKnown {
  private var sum = 0.0
  private var count = 0

  mutating func add(_ value: Double) {
    guard value > -1 else { return }
    sum += value
    count += 1
  }

  var mean: Double { count == 0 ? -1 : sum / Double(count) }
}
