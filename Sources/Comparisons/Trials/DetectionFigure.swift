import DenseAnnotations
package import DenseTasks

/// One of the numbers that a detector is judged by in the paper's Table 4.
package enum DetectionFigure: String, Sendable, Hashable, CaseIterable {
  case boxes = "box AP"
  case boxes50 = "box AP50"
  case boxes75 = "box AP75"
  case masks = "mask AP"
  case masks50 = "mask AP50"
  case masks75 = "mask AP75"

  /// All that there are, in percent, by name.
  package static func values(of result: DetectionEvaluation.Result) -> [String: Double] {
    var values: [String: Double] = [:]
    for figure in allCases {
      guard let value = figure.value(of: result) else { continue }
      values[figure.rawValue] = 100 * value
    }
    return values
  }

  private func value(of result: DetectionEvaluation.Result) -> Double? {
    switch self {
    case .boxes: result.boxes.averagePrecision
    case .boxes50: result.boxes.averagePrecision50
    case .boxes75: result.boxes.averagePrecision75
    case .masks: result.masks?.averagePrecision
    case .masks50: result.masks?.averagePrecision50
    case .masks75: result.masks?.averagePrecision75
    }
  }
}
