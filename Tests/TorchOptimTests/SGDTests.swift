import Testing
import Torch
import TorchNN
import TorchOptim

private func difference(_ left: Tensor, _ right: Tensor) -> Double { (left - right).absolute().maximum([]).item() }

/// The golden's parameters by name, as they start.
private func start(_ golden: [String: Tensor], _ names: [String]) -> [Module.NamedParameter] {
  names.map { ($0, Parameter(golden["start.\($0)"]!.cloned())) }
}

private func setGradients(_ parameters: [Module.NamedParameter], _ golden: [String: Tensor], step: Int) {
  for (name, parameter) in parameters { parameter.value.gradient = golden["gradient.\(step).\(name)"]!.cloned() }
}

private func expectGolden(
  _ parameters: [Module.NamedParameter], _ golden: [String: Tensor], after step: Int, tolerance: Double = 1e-6
) {
  for (name, parameter) in parameters {
    let error = difference(parameter.value.detached(), golden["after.\(step).\(name)"]!)
    #expect(error < tolerance, "\(name), step \(step)")
  }
}

@Suite struct SGDTests {
  private static let rates = [0.125, 0.0625, 0.25]

  private func optimizer(_ parameters: [Module.NamedParameter]) -> SGD {
    SGD([
      AdamW.Group(parameters: [parameters[0]], weightDecay: 0.05),
      AdamW.Group(parameters: [parameters[1]], weightDecay: 0),
    ])
  }

  private func update(_ optimizer: SGD, _ parameters: [Module.NamedParameter], _ golden: [String: Tensor], step: Int) {
    setGradients(parameters, golden, step: step)
    optimizer.update(
      learningRate: Self.rates[step - 1], clipping: GradientClipping(optimizer.parameters, maximumNorm: 1))
    optimizer.clearGradients()
  }

  @Test func threeStepsMatchPyTorch() throws {
    let golden = try TorchOptimTests.golden("layers/sgd")
    let parameters = start(golden, ["weight", "bias"])
    let optimizer = optimizer(parameters)
    for step in 1...3 {
      update(optimizer, parameters, golden, step: step)
      expectGolden(parameters, golden, after: step)
    }
    #expect(parameters.allSatisfy { $0.parameter.value.gradient == nil })
  }

  @Test func aSavedStateGoesOnAsIfNothingHadHappened() throws {
    let golden = try TorchOptimTests.golden("layers/sgd")
    let first = start(golden, ["weight", "bias"])
    let before = optimizer(first)
    update(before, first, golden, step: 1)
    let second = first.map { (key: $0.key, parameter: Parameter($0.parameter.value.detached().cloned())) }
    let after = optimizer(second)
    try after.load(before.stateDictionary.mapValues { $0.cloned() })
    for step in 2...3 { update(after, second, golden, step: step) }
    expectGolden(second, golden, after: 3)
    #expect(throws: StateMismatch.self) { try after.load([:]) }
  }

  @Test func groupsScaleTheirRateAndWithoutMomentumAStepIsTheGradient() {
    let parameters = (0..<2).map { _ in Parameter(Tensor.ones([1])) }
    let optimizer = SGD(
      [
        AdamW.Group(parameters: [("a", parameters[0])], weightDecay: 0, learningRateScale: 0.25),
        AdamW.Group(parameters: [("b", parameters[1])], weightDecay: 0.5),
      ], momentum: 0)
    for _ in 0..<2 {
      for parameter in parameters { parameter.value.gradient = Tensor.ones([1]) }
      optimizer.update(learningRate: 0.5)
    }
    #expect(abs(parameters[0].value.item() - 0.75) < 1e-6)
    // 1 - 0.5 (1 + 0.5) = 0.25, then 0.25 - 0.5 (1 + 0.125) = -0.3125.
    #expect(abs(parameters[1].value.item() + 0.3125) < 1e-6)
  }
}

@Suite struct LARSTests {
  @Test func threeStepsMatchTheReference() throws {
    let golden = try TorchOptimTests.golden("layers/lars")
    let parameters = start(golden, ["weight", "fresh", "bias"])
    let optimizer = LARS([AdamW.Group(parameters: parameters, weightDecay: 0.0625)])
    for (step, rate) in zip(1...3, [2.0, 0.5, 4.0]) {
      setGradients(parameters, golden, step: step)
      optimizer.update(learningRate: rate)
      optimizer.clearGradients()
      // The vector, unscaled, moves by several units a step.
      expectGolden(parameters, golden, after: step, tolerance: 5e-6)
    }
  }

  @Test func aGradientOfZeroMovesNothing() {
    let parameter = Parameter(Tensor.ones([2, 2]))
    let optimizer = LARS([AdamW.Group(parameters: [("a", parameter)], weightDecay: 0)])
    parameter.value.gradient = Tensor.zeros([2, 2])
    optimizer.update(learningRate: 1)
    #expect(parameter.value.detached().array(of: Float.self) == [1, 1, 1, 1])
  }
}
