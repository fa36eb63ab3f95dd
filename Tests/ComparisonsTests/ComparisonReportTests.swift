import Comparisons
import Foundation
import Testing

@Suite struct ComparisonReportTests {
  @Test func summaryHasTheSampleStandardDeviation() throws {
    let summary = try #require(ComparisonReport.Summary([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(summary.mean == 5)
    // The sum of squares is 32, over 8 - 1.
    #expect(abs((summary.deviation ?? 0) - 2.138_089_935_299_395) < 1e-12)
    #expect(summary.count == 8)
    #expect(ComparisonReport.Summary([3])?.deviation == nil)
    #expect(ComparisonReport.Summary([]) == nil)
  }

  @Test func jsonComesBackWithNumbersThatAreNotFinite() throws {
    var report = ComparisonReport.realistic()
    report.runs[3].curve[0].loss = .infinity
    #expect(try ComparisonReport(json: report.json()) == report)
    report.runs[3].curve[0].loss = .nan
    let loss = try ComparisonReport(json: report.json()).runs[3].curve[0].loss
    #expect(loss.isNaN)
  }

  @Test func jsonHasSnakeCaseKeys() throws {
    let object = try #require(
      JSONSerialization.jsonObject(with: ComparisonReport.small().json()) as? [String: Any])
    #expect(Set(object.keys) == ["facts", "methods", "evaluations", "labels", "runs"])
    let runs = try #require(object["runs"] as? [[String: Any]])
    let keys: Set = ["method", "seed", "pretrain_seconds", "steps", "scores", "curve", "picture_columns"]
    #expect(Set(runs[1].keys) == keys)
    let scores = try #require(runs[1]["scores"] as? [[String: Any]])
    #expect(Set(scores[0].keys) == ["evaluation", "labels", "top1", "top5", "seconds"])
    let curve = try #require(runs[1]["curve"] as? [[String: Any]])
    #expect(Set(curve[1].keys) == ["step", "loss", "probe_accuracy"])
  }

  @Test(arguments: [
    ([20.0, 22], [23.5, 24.5], ComparisonReport.Standing.better),
    ([20, 22], [22, 24], .notBetter), ([20, 22], [10, 11], .notBetter), ([20], [30, 31], .unsure),
    ([20], [19], .notBetter),
  ])
  func standsAboveRandomByMoreThanBothDeviations(
    random: [Double], other: [Double], expected: ComparisonReport.Standing
  ) {
    var report = ComparisonReport(facts: [], methods: ["random", "beit"], evaluations: ["knn"], labels: ["1%"])
    for (method, values) in [("random", random), ("beit", other)] {
      for (seed, top1) in values.enumerated() {
        var run = ComparisonReport.Run(method: method, seed: UInt64(seed))
        run.scores = [.init(evaluation: "knn", labels: "1%", top1: top1, top5: top1, seconds: 1)]
        report.runs.append(run)
      }
    }
    #expect(report.standing(of: "beit", evaluation: "knn", labels: "1%") == expected)
    #expect(report.standing(of: "random", evaluation: "knn", labels: "1%") == nil)
    #expect(report.standing(of: "beit", evaluation: "probe", labels: "1%") == nil)
    #expect(report.markdown.contains("not better than `random`") == (expected == .notBetter))
    #expect(report.markdown.contains("Every pretrained method beats") == (expected == .better))
    #expect(report.markdown.contains("may be luck") == (expected == .unsure))
  }

  @Test func secondsOfAnEvaluationAreSummedOverLabelsAndAveragedOverSeeds() {
    let report = ComparisonReport.small()
    let seconds = report.evaluationSeconds(of: "splitmask", evaluation: "probe")
    #expect(seconds?.mean == 30)
    #expect(seconds?.count == 2)
    #expect(report.evaluationSeconds(of: "splitmask", evaluation: "knn") == nil)
    #expect(report.pretrainSeconds(of: "splitmask")?.mean == 3630)
  }

  @Test func filesAreWrittenAndReadBack() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("comparison-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var report = ComparisonReport.small()
    report.runs[1].picture = "picture.png"
    report.runs[3].picture = "missing.png"
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try ComparisonReport.onePixel.write(to: folder.appendingPathComponent("picture.png"))
    #expect(report.pictures(in: folder) == ["picture.png": ComparisonReport.onePixel])
    try report.write(to: folder, plotly: nil)
    func content(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }
    #expect(try ComparisonReport(json: content("comparison.json")) == report)
    #expect(try content("comparison.md") == Data(report.markdown.utf8))
    let page = String(decoding: try content("comparison.html"), as: UTF8.self)
    #expect(page.contains(ComparisonReport.onePixel.base64EncodedString()))
  }

  @Test func labelsThatARowNeedsAreTheFewestThatReachRandomWeights() throws {
    func needed(_ change: (inout ComparisonReport) -> Void = { _ in }) -> [String] {
      var report = ComparisonReport.small()
      change(&report)
      return report.findings.filter { $0.contains("the best of random weights") }
    }
    // 30 and 31 with all labels; the other row has 23.5 with a tenth of them, and 51.
    #expect(
      needed() == ["Linear probe: the best of random weights, 30.5, is reached with all labels by splitmask."])
    #expect(
      needed { report in
        report.labels.reverse()
        for run in report.runs.indices where report.runs[run].method == "splitmask" {
          report.runs[run].scores[0].figures["top1"] = 31
        }
      } == ["Linear probe: the best of random weights, 30.5, is reached with 10% of the labels by splitmask."])
    #expect(
      needed { report in
        for run in report.runs.indices where report.runs[run].method == "splitmask" {
          for score in 0..<2 { report.runs[run].scores[score].figures["top1"] = 9 }
        }
      } == ["Linear probe: the best of random weights, 30.5, is reached with none of these by splitmask."])
    // Rows that need as many stand together, the fewest labels first.
    #expect(
      needed { report in
        report.methods = ["splitmask", "mae", "random", "beit"]
        for (name, gain) in [("mae", 20.0), ("beit", 0)] {
          for var run in report.runs where run.method == "splitmask" {
            run.method = name
            run.scores[0].figures["top1", default: 0] += gain
            report.runs.append(run)
          }
        }
      } == [
        "Linear probe: the best of random weights, 30.5, is reached with 10% of the labels by mae; "
          + "with all labels by splitmask, beit."
      ])
    #expect(needed { $0.labels = ["100%"] }.isEmpty)
  }
}
