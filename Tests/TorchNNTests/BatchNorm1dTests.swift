import Testing
import Torch
import TorchNN

@Suite struct BatchNorm1dTests {
  @Test func agreesWithPyTorchInTrainingAndEvaluation() throws {
    let golden = try TorchNNTests.golden("layers/batch_norm")
    let layer = BatchNorm1d(4)
    for step in 1...2 {
      let input = golden["\(step).input"]!.cloned()
      input.requiresGradient = true
      let output = layer(input, training: true)
      (output * golden["\(step).output_gradient"]!).sum().backward()
      #expect(difference(output.detached(), golden["\(step).output"]) < 1e-5)
      #expect(difference(input.gradient, golden["\(step).gradient_input"]) < 1e-5)
      #expect(difference(layer.runningMean.value, golden["\(step).running_mean"]) < 1e-6)
      #expect(difference(layer.runningVar.value, golden["\(step).running_var"]) < 1e-6)
    }
    let kept = layer.runningMean.value.cloned()
    let output = layer(golden["evaluation.input"]!, training: false)
    #expect(difference(output, golden["evaluation.output"]) < 1e-5)
    #expect(layer.runningMean.value.hasSameValues(as: kept), "evaluation changes nothing")
  }

  @Test func theRunningStatisticsAreSaved() throws {
    let layer = BatchNorm1d(4)
    _ = layer(Tensor.range(0, 8).to(.float32).reshaped([2, 4]), training: true)
    let other = BatchNorm1d(4)
    try other.load(layer.stateDictionary.mapValues { $0.cloned() })
    #expect(other.stateDictionary.keys.sorted() == ["running_mean", "running_var"])
    let input = Tensor.ones([1, 4])
    #expect(other(input, training: false).hasSameValues(as: layer(input, training: false)))
    #expect(layer.parameters.allSatisfy { !$0.value.requiresGradient })
  }
}
