import DenseAnnotations
import Foundation
import ImageCoding
import Testing

@Suite struct SegmentationMetricsTests {
  private let names = ["a", "b", "c", "d", "e", "f"]

  /// The label maps of `Tests/Goldens/coco/make.py`: truth and prediction.
  private func maps() -> [(truth: LabelMap, guess: LabelMap)] {
    var draws = IntegerDraws(state: 1203)
    return (0..<5).map { _ in
      var (truth, guess) = ([UInt8](), [UInt8]())
      for _ in 0..<37 * 29 {
        let (ignored, label, other) = (draws.below(10), draws.below(4), draws.below(5))
        let keep = draws.below(3)
        truth.append(ignored == 0 ? 255 : UInt8(label))
        guess.append(UInt8(keep == 0 ? other : label))
      }
      return (LabelMap(width: 37, height: 29, values: truth), LabelMap(width: 37, height: 29, values: guess))
    }
  }

  @Test func hasNumPysFigures() throws {
    let expected = try COCOGoldens.load().meanOverlap
    var metrics = SegmentationMetrics(classNames: names)
    var rest = metrics
    for (number, pair) in maps().enumerated() {
      if number < 2 {
        try metrics.add(prediction: pair.guess, truth: pair.truth, name: "\(number)")
      } else {
        try rest.add(prediction: pair.guess, truth: pair.truth, name: "\(number)")
      }
    }
    let sum = zip(metrics.confusion, rest.confusion).map { $0 + $1 }
    let result = try SegmentationMetrics(classNames: names, confusion: sum).result()
    #expect(abs(result.meanIntersectionOverUnion - expected.miou) < 1e-12)
    #expect(abs(result.meanAccuracy - expected.macc) < 1e-12)
    #expect(abs(result.allPixelAccuracy - expected.aacc) < 1e-12)
    #expect(result.perClass.map(\.intersectionOverUnion) == expected.iou)
    #expect(result.perClass.map(\.accuracy) == expected.acc)
    // Class e is predicted and never true, f neither.
    #expect(result.perClass[4].intersectionOverUnion == 0 && result.perClass[4].accuracy == nil)
    #expect(result.perClass[5].intersectionOverUnion == nil)
    let json = try #require(
      JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any])
    #expect(Set(json.keys) == ["miou", "macc", "aacc", "per_class"])
    #expect(try JSONDecoder().decode(SegmentationMetrics.Result.self, from: JSONEncoder().encode(result)) == result)
  }

  @Test func mapsThatDoNotBelongAreRefused() throws {
    var metrics = SegmentationMetrics(classNames: ["a", "b"])
    func refusal(_ prediction: LabelMap, _ truth: LabelMap) -> String {
      message { try metrics.add(prediction: prediction, truth: truth, name: "x.png") } ?? "accepted"
    }
    let right = LabelMap(width: 2, height: 1, values: [0, 1])
    #expect(
      refusal(LabelMap(width: 1, height: 2, values: [0, 1]), right).contains("x.png: the predicted label map is 1 x 2"))
    #expect(refusal(LabelMap(width: 2, height: 1, values: [0, 2]), right) == "x.png: 2 is none of the 2 classes")
    #expect(refusal(right, LabelMap(width: 2, height: 1, values: [9, 0])) == "x.png: 9 is none of the 2 classes")
    #expect(message { _ = try metrics.result() }?.contains("no pixel was measured") == true)
    try metrics.add(prediction: right, truth: LabelMap(width: 2, height: 1, values: [255, 255]), name: "x.png")
    #expect(message { _ = try metrics.result() }?.contains("no pixel was measured") == true)
    try metrics.add(prediction: right, truth: right, name: "x.png")
    #expect(try metrics.result().meanIntersectionOverUnion == 1)
  }
}
