public import Classification
import Evaluation

/// What fine-tuning reached, and on which images: a table for people, JSON for programs.
public struct FineTuningReport: Encodable, CustomStringConvertible {
  /// What the accuracy was measured on.
  private struct Measured: Encodable {
    let encoder: String
    let trainImages: Int
    let testImages: Int
    let classes: Int

    enum CodingKeys: String, CodingKey {
      case encoder, classes
      case trainImages = "train_images"
      case testImages = "test_images"
    }
  }

  private enum CodingKeys: String, CodingKey {
    case measuredOn = "measured_on"
  }

  private static let examples = 3

  /// The figures of the last evaluation.
  public let result: ClassificationMetrics.Result
  private let measuredOn: Measured

  init(_ result: ClassificationMetrics.Result, encoder: String, trainImages: Int) {
    self.result = result
    measuredOn = Measured(
      encoder: encoder, trainImages: trainImages, testImages: result.imageCount, classes: result.classNames.count)
  }

  /// The result's keys, and `measured_on`.
  public func encode(to encoder: any Encoder) throws {
    try result.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(measuredOn, forKey: .measuredOn)
  }

  /// A table for people.
  public var description: String {
    table(
      "fine-tuning",
      [
        ("test accuracy", "top-1 \(percent(result.top1))   top-5 \(percent(result.top5))"),
        ("mean per class", percent(result.meanPerClass)), ("weakest classes", weakest), ("most confused", confused),
        ("encoder", measuredOn.encoder),
        ("training", "\(grouped(measuredOn.trainImages)) images of \(measuredOn.classes) classes"),
        ("test", "\(grouped(measuredOn.testImages)) images"),
      ].filter { !$0.1.isEmpty })
  }

  private var weakest: String {
    zip(result.classNames, result.perClass).compactMap { name, share in share.map { (name: name, share: $0) } }
      .sorted { $0.share < $1.share }.prefix(FineTuningReport.examples)
      .map { "\($0.name) \(percent($0.share))" }.joined(separator: ", ")
  }

  private var confused: String {
    result.confusions.prefix(FineTuningReport.examples)
      .map { "\($0.label) taken for \($0.prediction) (\($0.count))" }.joined(separator: ", ")
  }
}
