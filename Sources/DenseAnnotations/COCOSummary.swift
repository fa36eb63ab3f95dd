import Foundation

/// COCO's twelve numbers, 0 to 1, or -1 where there was nothing to be found. In JSON they have COCO's names, `AP` to `ARl`.
public struct COCOSummary: Codable, Hashable, Sendable {
  /// The mean over the overlaps .50 to .95.
  public let averagePrecision: Double
  /// At an overlap of .50.
  public let averagePrecision50: Double
  /// At an overlap of .75.
  public let averagePrecision75: Double
  /// Of objects of up to 32² pixels.
  public let averagePrecisionSmall: Double
  /// Of objects of 32² to 96² pixels.
  public let averagePrecisionMedium: Double
  /// Of objects of 96² pixels and more.
  public let averagePrecisionLarge: Double
  /// The recall of one detection of each class in each image.
  public let averageRecall1: Double
  /// The recall of ten.
  public let averageRecall10: Double
  /// The recall of a hundred.
  public let averageRecall100: Double
  /// Of objects of up to 32² pixels.
  public let averageRecallSmall: Double
  /// Of objects of 32² to 96² pixels.
  public let averageRecallMedium: Double
  /// Of objects of 96² pixels and more.
  public let averageRecallLarge: Double

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case averagePrecision = "AP"
    case averagePrecision50 = "AP50"
    case averagePrecision75 = "AP75"
    case averagePrecisionSmall = "APs"
    case averagePrecisionMedium = "APm"
    case averagePrecisionLarge = "APl"
    case averageRecall1 = "AR1"
    case averageRecall10 = "AR10"
    case averageRecall100 = "AR100"
    case averageRecallSmall = "ARs"
    case averageRecallMedium = "ARm"
    case averageRecallLarge = "ARl"
  }

  /// COCO's names, in COCO's order.
  public static let names = CodingKeys.allCases.map(\.rawValue)

  /// The numbers, in the order of ``names``.
  public var values: [Double] {
    [
      averagePrecision, averagePrecision50, averagePrecision75, averagePrecisionSmall, averagePrecisionMedium,
      averagePrecisionLarge, averageRecall1, averageRecall10, averageRecall100, averageRecallSmall, averageRecallMedium,
      averageRecallLarge,
    ]
  }

  /// The twelve lines that pycocotools prints, without a line end after the last.
  public func summarize() -> String {
    let rows: [(overlap: String, area: String, limit: Int)] = [
      ("0.50:0.95", "all", 100), ("0.50", "all", 100), ("0.75", "all", 100), ("0.50:0.95", "small", 100),
      ("0.50:0.95", "medium", 100), ("0.50:0.95", "large", 100), ("0.50:0.95", "all", 1), ("0.50:0.95", "all", 10),
      ("0.50:0.95", "all", 100), ("0.50:0.95", "small", 100), ("0.50:0.95", "medium", 100), ("0.50:0.95", "large", 100),
    ]
    return zip(rows, values).enumerated().map { place, pair in
      let (row, value) = pair
      let title = place < 6 ? "Average Precision  (AP)" : "Average Recall     (AR)"
      let overlap = row.overlap.padding(toLength: 9, withPad: " ", startingAt: 0)
      let area = String(repeating: " ", count: 6 - row.area.count) + row.area
      let limit = String(repeating: " ", count: 3 - "\(row.limit)".count) + "\(row.limit)"
      return " \(title) @[ IoU=\(overlap) | area=\(area) | maxDets=\(limit) ] = \(String(format: "%0.3f", value))"
    }.joined(separator: "\n")
  }
}
