import Evaluation
import Foundation
import SplitMaskCore
import Testing
import Torch

@Suite struct NearestNeighborsTests {
  /// The protocol in plain loops and float64.
  private func bruteForce(
    _ train: FeatureTable, _ test: FeatureTable, k: Int, temperature: Double
  ) throws -> (top1: Double, top5: Double) {
    func rows(_ table: FeatureTable) throws -> [[Double]] {
      let values = try table.values(.mean)
      let flat = values.array(of: Double.self)
      return (0..<table.count).map { row in
        let vector = flat[(row * values.shape[1])..<((row + 1) * values.shape[1])]
        let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return vector.map { $0 / norm }
      }
    }
    let bank = try rows(train)
    var hits = (first: 0, five: 0)
    for (query, label) in zip(try rows(test), test.labels!) {
      let similarities = bank.map { zip($0, query).reduce(0) { $0 + $1.0 * $1.1 } }
      let nearest = bank.indices.sorted { similarities[$0] > similarities[$1] }.prefix(k)
      var votes = [Double](repeating: 0, count: train.classNames.count)
      for index in nearest { votes[train.labels![index]] += exp(similarities[index] / temperature) }
      let order = votes.indices.sorted { (-votes[$0], $0) < (-votes[$1], $1) }
      if order[0] == label { hits.first += 1 }
      if order.prefix(min(5, k)).contains(label) { hits.five += 1 }
    }
    return (100 * Double(hits.first) / Double(test.count), 100 * Double(hits.five) / Double(test.count))
  }

  @Test func agreesWithPlainLoops() throws {
    let train = clusters(count: 300, classes: 12, width: 6, spread: 1.4, seed: 2)
    let test = clusters(count: 150, classes: 12, width: 6, spread: 1.4, seed: 3)
    var config = NearestNeighbors.Config()
    config.k = [20, 1, 3, 100]
    let result = try NearestNeighbors.evaluate(train: train, test: test, config: config)
    #expect(result.byK.map(\.k) == [20, 1, 3, 100])
    for accuracy in result.byK {
      let expected = try bruteForce(train, test, k: accuracy.k, temperature: 0.07)
      #expect(abs(accuracy.top1 - expected.top1) < 1e-9, "k \(accuracy.k)")
      #expect(abs(accuracy.top5 - expected.top5) < 1e-9, "k \(accuracy.k)")
    }
    #expect(result.top1 == result.byK[0].top1 && result.k == 20)
    // The data must leave room for mistakes, or the comparison shows nothing.
    #expect(result.top1 > 20 && result.top1 < 95 && result.top5 > result.top1)
  }

  @Test func theAutomaticNumbersAreTheOnesThatFit() {
    for (count, k) in [(1000, [20, 10, 100, 200]), (150, [20, 10, 100]), (15, [10]), (3, [20])] {
      #expect(NearestNeighbors.Config.automaticK(trainingCount: count) == k, "\(count) images")
    }
  }

  @Test func testClassesAreMatchedByName() throws {
    let train = table([1, 0, 0, 1, 1, 0.1], width: 2, labels: [0, 1, 0], classNames: ["cat", "dog"])
    let test = table([0.1, 1], width: 2, labels: [1], classNames: ["ant", "dog"])
    var config = NearestNeighbors.Config()
    config.k = [1]
    #expect(try NearestNeighbors.evaluate(train: train, test: test, config: config).top1 == 100)
    let unknown = table([0.1, 1], width: 2, labels: [0], classNames: ["ant", "dog"])
    #expect(throws: EvaluationError.unknownClasses(names: ["ant"], known: ["cat", "dog"])) {
      try NearestNeighbors.evaluate(train: train, test: unknown, config: config)
    }
  }

  @Test func unusableSetsAreNamed() throws {
    let good = clusters(count: 40, classes: 4, width: 3, spread: 0.1, seed: 4)
    let unlabelled = table([1, 2, 3, 4], width: 2, labels: nil, classNames: [])
    let single = table([1, 2, 3, 4], width: 2, labels: [0, 0], classNames: ["cat"])
    let broken = table(
      [1, 0, 0, .nan, 1, 0, 0, 0, .infinity], width: 3, labels: [0, 1, 0], classNames: good.classNames)
    func evaluate(_ train: FeatureTable, _ test: FeatureTable) throws -> NearestNeighbors.Result {
      try NearestNeighbors.evaluate(train: train, test: test)
    }
    #expect(throws: EvaluationError.noLabels(.training)) { try evaluate(unlabelled, good) }
    #expect(throws: EvaluationError.noLabels(.test)) { try evaluate(good, unlabelled) }
    #expect(throws: EvaluationError.singleClass(name: "cat")) { try evaluate(single, single) }
    #expect(throws: EvaluationError.nonFiniteFeatures(.test, count: 2, example: "image1.jpg")) {
      try evaluate(good, broken)
    }
    #expect(throws: EvaluationError.widthMismatch(training: 3, test: 2)) {
      try evaluate(good, table([1, 2], width: 2, labels: [0], classNames: ["class0"]))
    }
    #expect(throws: EvaluationError.tooManyNeighbors(k: 20, trainingCount: 10)) {
      try evaluate(clusters(count: 10, classes: 4, width: 3, spread: 0.1, seed: 1), good)
    }
    #expect(throws: EvaluationError.missingFeatures(.classToken)) {
      var config = NearestNeighbors.Config()
      config.features = .classToken
      _ = try NearestNeighbors.evaluate(train: good, test: good, config: config)
    }
    #expect(throws: InvalidSetting.self) {
      var config = NearestNeighbors.Config()
      config.k = [0]
      _ = try NearestNeighbors.evaluate(train: good, test: good, config: config)
    }
  }

  @Test func resultsAreJSONWithAccuraciesInPercent() throws {
    let set = clusters(count: 40, classes: 4, width: 3, spread: 0.1, seed: 4)
    let result = try NearestNeighbors.evaluate(train: set, test: set)
    let data = try JSONEncoder().encode(result)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["top1"] as? Double == result.top1 && object["top5"] as? Double == result.top5)
    let measured = try #require(object["measured_on"] as? [String: Any])
    #expect(measured["train_images"] as? Int == 40 && measured["features"] as? String == "mean")
    #expect(try JSONDecoder().decode(NearestNeighbors.Result.self, from: data) == result)
    #expect(result.description.contains("k = 20") && result.description.contains("40 images of 4 classes"))
  }
}
