import DenseAnnotations
import DurableFiles
import Foundation
import TestSupport
import Testing

@Suite struct COCOEvaluatorTests {
  /// 2,000 images with crowds, ties, areas of all sizes, classes without truth or without anything.
  @Test(arguments: COCOResults.Kind.allCases) func hasPycocotoolsNumbers(_ kind: COCOResults.Kind) throws {
    let goldens = try SafetensorsFile(COCOGoldens.folder.appending(path: "evaluator.safetensors"))
    let scenes = SceneFixtures(count: 2000)
    let folder = try TemporaryFolder()
    let dataset = try COCODataset(folder.write(scenes.json, to: "instances.json"))
    #expect(dataset.report.isEmpty)
    let counts = try goldens.entry("\(kind.rawValue).counts").withBytes { bytes in
      [0, 8].map { Int(bytes.loadUnaligned(fromByteOffset: $0, as: Int64.self)) }
    }
    #expect([scenes.truthCount, scenes.found.count] == counts)
    let detections = scenes.detections(of: dataset, masks: kind == .masks)
    let evaluation = try COCOEvaluator(dataset, kind).evaluate(detections)
    #expect(difference(evaluation.summary.values, try goldens.doubles("\(kind.rawValue).stats")) < 1e-12)
    #expect(difference(evaluation.recall, try goldens.doubles("\(kind.rawValue).recall")) == 0)
    let precision = Precision(evaluation)
    #expect(difference(precision.sums, try goldens.doubles("\(kind.rawValue).precision_sums")) < 1e-9)
    let curves = try goldens.doubles("\(kind.rawValue).precision")
    #expect(difference(precision.curves(categories: [0, 2], limit: 2), curves) == 0)
    #expect(evaluation.summary.summarize() == goldens.metadata[kind.rawValue])
    // 62 is never true, 90 only found.
    #expect(evaluation.averagePrecisionPerCategory.map { $0 == nil } == [false, false, false, false, true, true])

    // Through a file of results, all is the same.
    let file = folder.url.appending(path: "results.json")
    try COCOResults.write(detections, kind, of: dataset, to: file)
    let read = try COCOResults.read(file, of: dataset)
    #expect(read.map(\.score) == detections.map(\.score))
    #expect(try COCOEvaluator(dataset, kind).evaluate(read) == evaluation)
  }

  @Test func jsonHasCOCOsNames() throws {
    let names = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]
    let values = (1...12).map { Double($0) / 16 }
    let written = Dictionary(uniqueKeysWithValues: zip(names, values))
    let summary = try JSONDecoder().decode(COCOSummary.self, from: JSONEncoder().encode(written))
    #expect(summary.values == values)
    let some = [summary.averagePrecision50, summary.averagePrecisionSmall, summary.averageRecall10]
    #expect(some == [0.125, 0.25, 0.5])
    #expect(COCOSummary.names == names)
    let json = try JSONDecoder().decode([String: Double].self, from: JSONEncoder().encode(summary))
    #expect(json == written)
  }

  @Test func nothingFoundIsZero() throws {
    let folder = try TemporaryFolder()
    let dataset = try COCODataset(folder.write(SceneFixtures(count: 200).json, to: "instances.json"))
    let summary = try COCOEvaluator(dataset, .boxes).evaluate([]).summary
    #expect(summary.values == [Double](repeating: 0, count: 12))
  }

  /// The size of a mask is its own unless the detection says otherwise.
  @Test func aFileOfBothTakesSizesFromBoxes() throws {
    let folder = try TemporaryFolder()
    let dataset = try COCODataset(
      folder.write(
        """
        {"images":[{"id":1,"file_name":"a.jpg","width":100,"height":100}],"categories":[{"id":1,"name":"a"}],
        "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,40,40],"area":1000,"iscrowd":0,
        "segmentation":[[0,0,0,40,40,0]]}]}
        """, to: "instances.json"))
    // The true mask is small; the detection misses it, and its own mask is small and its box medium.
    let mask = RunLengthMask(polygon: [50, 50, 50, 90, 90, 50], height: 100, width: 100)
    #expect(mask.area < 1024)
    let common = "\"image_id\":1,\"category_id\":1,\"score\":0.9"
    let found = "{\(common),\"segmentation\":{\"size\":[100,100],\"counts\":\(mask.counts)}"
    let alone = try COCOResults.read(folder.write("[\(found)}]", to: "masks.json"), of: dataset)
    let both = try COCOResults.read(folder.write("[\(found),\"bbox\":[50,50,40,40]}]", to: "both.json"), of: dataset)
    #expect(alone.map(\.box) == [mask.boundingBox])
    #expect(alone.map(\.maskSizeArea) == [nil])
    #expect(both.map(\.maskSizeArea) == [1600])
    var right = alone
    right.append(
      COCODetection(
        image: 0, category: 0, score: 0.5, box: alone[0].box, mask: dataset.mask(of: dataset.annotations[0])))
    // A small miss before the small hit halves the precision; one that is not small does not count there.
    let evaluator = try COCOEvaluator(dataset, .masks)
    #expect(abs(try evaluator.evaluate(right).summary.averagePrecisionSmall - 0.5) < 1e-9)
    right[0].maskSizeArea = 1600
    #expect(abs(try evaluator.evaluate(right).summary.averagePrecisionSmall - 1) < 1e-9)
  }

  @Test func whatDoesNotBelongIsRefused() throws {
    let folder = try TemporaryFolder()
    let dataset = try COCODataset(folder.write(SceneFixtures(count: 4).json, to: "instances.json"))
    let box = BoundingBox(left: 0, top: 0, width: 9, height: 9)
    func refusal(_ detection: COCODetection, _ kind: COCOResults.Kind = .boxes) -> String {
      message { _ = try COCOEvaluator(dataset, kind).evaluate([detection]) } ?? "accepted"
    }
    #expect(refusal(COCODetection(image: 4, category: 0, score: 1, box: box)).contains("image number 4"))
    #expect(refusal(COCODetection(image: 0, category: 6, score: 1, box: box)).contains("class 6"))
    #expect(refusal(COCODetection(image: 0, category: 0, score: .nan, box: box)).contains("not finite"))
    #expect(refusal(COCODetection(image: 0, category: 0, score: 1, box: box), .masks).contains("no mask"))
    let mask = RunLengthMask(box: box, height: 10, width: 10)
    let wrong = COCODetection(image: 0, category: 0, score: 1, box: box, mask: mask)
    #expect(refusal(wrong, .masks).contains("is 10 x 10 and the image"))
  }

  /// Perfect detections of real annotations.
  @Test(.enabled(if: RealData.has("pennfudan"))) func realMasksFindThemselves() throws {
    let url = try RealData.unpacked("pennfudan")
    let dataset = try COCODataset(
      url.appending(path: "instances_val.json"), imageFolder: url.appending(path: "val"), strict: true)
    #expect(dataset.images.count == 34 && dataset.annotations.count == 90 && dataset.categories.count == 1)
    let found = dataset.annotations.map {
      COCODetection(image: $0.image, category: $0.category, score: 1, box: $0.box, mask: dataset.mask(of: $0))
    }
    for annotation in dataset.annotations {
      let mask = try #require(dataset.mask(of: annotation))
      #expect(Double(mask.area) == annotation.area)
      #expect(mask.boundingBox == annotation.box)
      #expect(RunLengthMask(bitmap: mask.bitmap(), height: mask.height, width: mask.width) == mask)
    }
    for kind in COCOResults.Kind.allCases {
      let summary = try COCOEvaluator(dataset, kind).evaluate(found).summary
      #expect(abs(summary.averagePrecision - 1) < 1e-9)
      #expect(summary.averageRecall100 == 1)
    }
  }
}

/// The precisions in other orders.
private struct Precision {
  let evaluation: COCOEvaluation

  init(_ evaluation: COCOEvaluation) { self.evaluation = evaluation }

  private func value(_ threshold: Int, _ point: Int, _ category: Int, _ area: Int, _ limit: Int) -> Double {
    evaluation.precision[(((threshold * 101 + point) * evaluation.categories.count + category) * 4 + area) * 3 + limit]
  }

  /// `[thresholds, classes, areas, limits]`, over the recall points.
  var sums: [Double] {
    var sums: [Double] = []
    for threshold in 0..<10 {
      for category in evaluation.categories.indices {
        for area in 0..<4 {
          for limit in 0..<3 {
            sums.append((0..<101).reduce(0) { $0 + value(threshold, $1, category, area, limit) })
          }
        }
      }
    }
    return sums
  }

  /// `[thresholds, points, classes, areas]`.
  func curves(categories: [Int], limit: Int) -> [Double] {
    (0..<10).flatMap { threshold in
      (0..<101).flatMap { point in
        categories.flatMap { category in (0..<4).map { value(threshold, point, category, $0, limit) } }
      }
    }
  }
}
