import Classification
import Testing
import Torch

@Suite struct ClassificationMetricsTests {
  @Test func figuresFollowFromScores() throws {
    var metrics = ClassificationMetrics(classNames: ["a", "b", "c", "d", "e", "f", "g"])
    func row(_ order: [Int]) -> [Float] {
      var scores = [Float](repeating: 0, count: 7)
      for (rank, label) in order.enumerated() { scores[label] = Float(10 - rank) }
      return scores
    }
    // The true class of the four images ranks 0, 4, 5 and 0.
    let scores = row([0, 1, 2, 3, 4, 5, 6]) + row([1, 2, 3, 4, 0, 5, 6]) + row([1, 2, 3, 4, 5, 0, 6])
    metrics.add(scores: Tensor(scores, shape: [3, 7]), labels: Tensor([0, 0, 0]))
    metrics.add(scores: Tensor(row([6, 0, 1, 2, 3, 4, 5]), shape: [1, 7]), labels: Tensor([6]))
    let result = try metrics.result()
    #expect(result.imageCount == 4)
    #expect(result.top1 == 50)
    #expect(result.top5 == 75)
    #expect(result.perClass == [100.0 / 3, nil, nil, nil, nil, nil, 100])
    #expect(abs(result.meanPerClass - 200.0 / 3) < 1e-12)
    #expect(result.confusionMatrix[0] == [1, 2, 0, 0, 0, 0, 0])
    #expect(result.confusionMatrix[6][6] == 1)
    #expect(result.confusionMatrix.joined().reduce(0, +) == 4)
    #expect(result.confusions.map { "\($0.label) as \($0.prediction): \($0.count)" } == ["a as b: 2"])
  }

  @Test func equalScoresRankInOrder() throws {
    var metrics = ClassificationMetrics(classNames: ["a", "b"])
    metrics.add(scores: Tensor([1, 1, 1, 1] as [Float], shape: [2, 2]), labels: Tensor([0, 1]))
    #expect(try metrics.result().top1 == 50)
  }

  /// Counted as ranks they would give 0 % of the best and 100 % of the best five.
  @Test func scoresThatAreNotFiniteAreNoResult() throws {
    var metrics = ClassificationMetrics(classNames: ["a", "b"])
    metrics.add(scores: Tensor([1, 0, 0, 1] as [Float], shape: [2, 2]), labels: Tensor([0, 1]))
    metrics.add(
      scores: Tensor([.nan, .nan, 1, .infinity, 0, 1] as [Float], shape: [3, 2]), labels: Tensor([0, 0, 1]))
    #expect(throws: ClassificationError.nonFiniteScores(count: 2)) { try metrics.result() }
  }

  @Test func nothingMeasuredIsAnError() {
    #expect(throws: ClassificationError.nothingMeasured) { try ClassificationMetrics(classNames: ["a", "b"]).result() }
  }
}
