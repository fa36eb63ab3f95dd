import DurableFiles
import Evaluation
import Foundation
import Testing
import Torch

@Suite struct LinearProbeTests {
  /// scikit-learn's numbers; see the script beside the golden.
  @Test func agreesWithScikitLearn() throws {
    let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Goldens/probe/probe_golden.safetensors")
    let golden = try SafetensorsFile(url).tensors()
    func part(_ name: String) -> FeatureTable {
      let values = golden[name]!
      return FeatureTable(
        [.mean: values], names: (0..<values.shape[0]).map { "\($0)" },
        labels: golden[name + "_labels"]!.array(of: Int.self), classNames: (0..<9).map { "\($0)" }, source: "golden")
    }
    let result = try LinearProbe.evaluate(train: part("train"), test: part("test"))
    let trials = golden["trials"]!.array(of: Double.self)
    #expect(result.search.count == 10 && result.heldOutCount == 21 && result.converged)
    for (position, trial) in result.search.enumerated() {
      let expected = trials[(3 * position)..<(3 * position + 3)].map { $0 }
      #expect(abs(trial.weightDecay - expected[0]) < 1e-9 * expected[0])
      #expect(abs(trial.heldOutTop1 - expected[1]) < 1e-9, "weight decay \(trial.weightDecay)")
      #expect(abs(trial.heldOutLoss - expected[2]) < 2e-3 * expected[2], "weight decay \(trial.weightDecay)")
    }
    let chosen = golden["chosen"]!.array(of: Double.self)
    #expect(abs(result.weightDecay - chosen[0]) < 1e-9 * chosen[0])
    #expect(abs(result.top1 - chosen[1]) < 1e-9 && abs(result.top5 - chosen[2]) < 1e-9)
    #expect(abs(result.loss - chosen[3]) < 1e-3 * chosen[3])
  }

  @Test func separatesWhatALineSeparates() throws {
    let train = clusters(count: 200, classes: 5, width: 8, spread: 0.2, seed: 2)
    let test = clusters(count: 100, classes: 5, width: 8, spread: 0.2, seed: 3)
    var calls: [Int] = []
    let result = try LinearProbe.evaluate(train: train, test: test) { done, total in
      calls.append(done)
      #expect(total == 11)
    }
    #expect(result.top1 == 100 && result.top5 == 100)
    #expect(calls == Array(1...11))
    let again = try LinearProbe.evaluate(train: train, test: test)
    #expect(again == result, "nothing in a probe is random")
  }

  @Test func featuresThatSayNothingGiveChance() throws {
    let train = clusters(count: 400, classes: 4, width: 3, spread: 0.5, seed: 2)
    let shuffled = FeatureTable(
      [.mean: Tensor.ones([400, 3])], names: train.names, labels: train.labels, classNames: train.classNames,
      source: "constant")
    let result = try LinearProbe.evaluate(train: shuffled, test: shuffled)
    #expect(abs(result.top1 - 25) < 1e-9)
    #expect(abs(result.loss - 1.3862943611) < 1e-3)
  }

  @Test func refusesASingleClassAndNonFiniteFeatures() throws {
    let single = table([1, 2, 3, 4], width: 2, labels: [0, 0], classNames: ["cat", "dog"])
    #expect(throws: EvaluationError.singleClass(name: "cat")) {
      try LinearProbe.evaluate(train: single, test: single)
    }
    let broken = table([1, 2, .nan, 4], width: 2, labels: [0, 1], classNames: ["cat", "dog"])
    #expect(throws: EvaluationError.nonFiniteFeatures(.training, count: 1, example: "image1.jpg")) {
      try LinearProbe.evaluate(train: broken, test: broken)
    }
  }
}
