import Foundation
import TestSupport
import Testing
import Training

@Suite struct MetricsLogTests {
  private func metrics(_ step: Int, _ loss: Double = 1) -> StepMetrics {
    StepMetrics(step: step, epoch: step / 10, values: [.init("loss", loss)])
  }

  @Test func aRowIsOneObjectWithItsKeysInOrder() throws {
    let folder = try TemporaryFolder()
    let log = try MetricsLog(folder.file("metrics.jsonl"))
    try log.append(
      StepMetrics(
        step: 20, epoch: 1,
        values: [
          .init("loss", Double(Float(8.9123))), .init("learning_rate", 1.5e-3), .init("a", 1e-9), .init("b", 3),
          .init("c", .nan), .init("d", -.infinity), .init("e", 1e300),
        ]))
    let expected =
      #"{"step":20,"epoch":1,"loss":8.9123,"learning_rate":0.0015,"a":1e-09,"b":3.0,"c":null,"d":null,"e":1e+300}"#
    #expect(try folder.text("metrics.jsonl") == expected + "\n", "a row is in the file as soon as it is appended")
    let object = try JSONSerialization.jsonObject(with: Data(expected.utf8)) as? [String: Any]
    #expect(object?["a"] as? Double == 1e-9 && object?["e"] as? Double == 1e300 && object?["c"] is NSNull)
  }

  @Test func resumingDropsTheStepsThatComeAgain() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("metrics.jsonl")
    do {
      let log = try MetricsLog(url)
      for step in stride(from: 10, through: 50, by: 10) { try log.append(metrics(step)) }
    }
    try Data((try folder.text("metrics.jsonl") + "{\"step\":60,\"epo").utf8).write(to: url)
    let log = try MetricsLog(url, resumedStep: 35)
    try log.append(metrics(40, 2))
    let rows = try folder.text("metrics.jsonl").split(separator: "\n")
    #expect(rows.map { $0.prefix(10) } == ["{\"step\":10", "{\"step\":20", "{\"step\":30", "{\"step\":40"])
    #expect(rows.last?.hasSuffix("\"loss\":2.0}") == true)
    #expect(try folder.names == ["metrics.jsonl"])
  }

  @Test func aNewRunStartsEmptyAndAWholeLogIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("metrics.jsonl")
    try MetricsLog(url).append(metrics(10))
    let before = try FileManager.default.attributesOfItem(atPath: url.path)[.systemFileNumber] as? Int
    _ = try MetricsLog(url, resumedStep: 10)
    let after = try FileManager.default.attributesOfItem(atPath: url.path)[.systemFileNumber] as? Int
    #expect(before == after, "not rewritten")
    _ = try MetricsLog(url)
    #expect(try folder.text("metrics.jsonl").isEmpty)
  }
}
