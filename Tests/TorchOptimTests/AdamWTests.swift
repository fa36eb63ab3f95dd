import TestSupport
import Testing
import Torch
import TorchNN
import TorchOptim

/// The golden's three parameters, in two groups: one with weight decay, two without.
private struct Training {
  let golden: [String: Tensor]
  let parameters: [String: Parameter]
  let optimizer: AdamW
  static let rates = [0.0078125, 0.015625, 0.00390625]

  init() throws {
    let values = try TestSupport.golden("layers/adamw")
    golden = values
    let names = ["weight", "bias", "pos_embed"]
    let start = try Dictionary(
      uniqueKeysWithValues: names.map { ($0, Parameter(try #require(values["start.\($0)"]).cloned())) })
    parameters = start
    func named(_ names: [String]) -> [Module.NamedParameter] { names.map { ($0, start[$0]!) } }
    optimizer = AdamW([
      AdamW.Group(parameters: named(["weight"]), weightDecay: 0.05),
      AdamW.Group(parameters: named(["bias", "pos_embed"]), weightDecay: 0),
    ])
  }

  func setGradients(step: Int) {
    for (name, parameter) in parameters { parameter.value.gradient = golden["gradient.\(step).\(name)"]!.cloned() }
  }

  /// Updates with the golden's gradients of a step, counted from 1.
  func update(step: Int) -> GradientClipping {
    setGradients(step: step)
    let clipping = GradientClipping(optimizer.parameters, maximumNorm: 1)
    optimizer.update(learningRate: Self.rates[step - 1], clipping: clipping)
    optimizer.clearGradients()
    return clipping
  }

  func expectGolden(after step: Int) {
    for (name, parameter) in parameters {
      #expect(difference(parameter.value.detached(), golden["after.\(step).\(name)"]!) < 1e-6, "\(name), step \(step)")
    }
  }
}

@Suite struct AdamWTests {
  @Test func threeStepsMatchTheReference() throws {
    let training = try Training()
    for step in 1...3 {
      let clipping = training.update(step: step)
      #expect(abs(clipping.norm.item() - training.golden["norm.\(step)"]!.item()) < 1e-5)
      training.expectGolden(after: step)
    }
    for key in ["step", "step.1"] { #expect(training.optimizer.stateDictionary[key]!.item() == 3) }
    #expect(training.parameters.values.allSatisfy { $0.value.gradient == nil })
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aStepThatIsNotFiniteLeavesEverythingAsItWas(bad: Float) throws {
    let training = try Training()
    _ = training.update(step: 1)
    let state = training.optimizer.stateDictionary.mapValues { $0.cloned() }
    training.setGradients(step: 2)
    training.parameters["bias"]!.value.gradient!.copyInPlace(Tensor([1, bad, 1, 1]))
    let clipping = GradientClipping(training.optimizer.parameters, maximumNorm: 1)
    #expect(clipping.skip.item() == 1)
    training.optimizer.update(learningRate: 0.1, clipping: clipping)
    training.optimizer.clearGradients()
    training.expectGolden(after: 1)
    #expect(training.optimizer.stateDictionary.allSatisfy { $1.hasSameValues(as: state[$0]!) })
    for step in 2...3 { _ = training.update(step: step) }
    training.expectGolden(after: 3)
  }

  @Test func aLossThatIsNotFiniteSkipsToo() throws {
    let training = try Training()
    training.setGradients(step: 1)
    let clipping = GradientClipping(
      training.optimizer.parameters, losses: [Tensor(scalar: Float(1)), Tensor(scalar: Double.nan)], maximumNorm: nil)
    #expect(clipping.skip.item() == 1)
  }

  @Test func aSavedStateGoesOnAsIfNothingHadHappened() throws {
    let first = try Training()
    _ = first.update(step: 1)
    let second = try Training()
    for (name, parameter) in second.parameters { parameter.assign(first.parameters[name]!.value) }
    try second.optimizer.load(first.optimizer.stateDictionary.mapValues { $0.cloned() })
    for step in 2...3 { _ = second.update(step: step) }
    second.expectGolden(after: 3)
    #expect(throws: StateMismatch.self) { try second.optimizer.load([:]) }
  }

  @Test func groupsScaleTheirRate() {
    let parameters = (0..<2).map { _ in Parameter(Tensor.ones([1])) }
    let optimizer = AdamW([
      AdamW.Group(parameters: [("a", parameters[0])], weightDecay: 0, learningRateScale: 0.25),
      AdamW.Group(parameters: [("b", parameters[1])], weightDecay: 0),
    ])
    for parameter in parameters { parameter.value.gradient = Tensor.full([1], 3) }
    optimizer.update(learningRate: 0.5, clipping: nil)
    #expect(abs(parameters[0].value.item() - 0.875) < 1e-6)
    #expect(abs(parameters[1].value.item() - 0.5) < 1e-6)
  }

  @Test func parametersWithoutAGradientStay() {
    let parameters = (0..<2).map { _ in Parameter(Tensor.ones([1])) }
    let optimizer = AdamW([AdamW.Group(parameters: [("a", parameters[0]), ("b", parameters[1])], weightDecay: 0.5)])
    parameters[0].value.gradient = Tensor.ones([1])
    optimizer.update(
      learningRate: 0.1, clipping: GradientClipping(optimizer.parameters, maximumNorm: 3))
    #expect(parameters[0].value.item() < 0.9)
    #expect(parameters[1].value.item() == 1)
  }
}

extension AdamWTests {
  /// The first step of a group is the rate times the gradient's sign, however late it comes.
  @Test func aGroupThatRestedStartsItsAveragesWhenItIsFirstUpdated() {
    let parameters = (0..<2).map { _ in Parameter(Tensor.ones([1])) }
    let optimizer = AdamW([
      AdamW.Group(parameters: [("a", parameters[0])], weightDecay: 0),
      AdamW.Group(parameters: [("b", parameters[1])], weightDecay: 0),
    ])
    for _ in 0..<5 {
      parameters[0].value.gradient = Tensor.ones([1])
      optimizer.update(learningRate: 0.01, clipping: nil)
      optimizer.clearGradients()
    }
    #expect(parameters[1].value.item() == 1)
    parameters[1].value.gradient = Tensor.full([1], 0.25)
    optimizer.update(learningRate: 0.5, clipping: nil)
    #expect(abs(parameters[1].value.item() - 0.5) < 1e-6)
    #expect(optimizer.stateDictionary["step"]!.item() == 5)
    #expect(optimizer.stateDictionary["step.1"]!.item() == 1)
  }
}

@Suite struct GradientClippingTests {
  @Test func eachTensorIsClippedByItself() throws {
    let golden = try TorchOptimTests.golden("dino/clip")
    let parameters = (0..<4).map { Parameter(Tensor.zeros(golden["before.\($0)"]!.shape)) }
    for (index, parameter) in parameters.enumerated() { parameter.value.gradient = golden["before.\(index)"]!.cloned() }
    let clipping = GradientClipping(parameters, maximumNorm: 0.5, mode: .perTensor)
    for (index, parameter) in parameters.enumerated() {
      #expect(difference(parameter.value.gradient!, golden["after.\(index)"]!) < 1e-6)
    }
    #expect(abs(clipping.norm.item() - golden["norm"]!.item()) < 1e-5)
    #expect(clipping.divisor.item() == 1)
    #expect(clipping.skip.item() == 0)
    let untouched = GradientClipping(parameters, maximumNorm: nil, mode: .perTensor)
    #expect(untouched.divisor.item() == 1)
    #expect(difference(parameters[0].value.gradient!, golden["after.0"]!) < 1e-6)
  }

  @Test(arguments: [Float.nan, .infinity]) func aTensorThatIsNotFiniteSkipsEveryTensor(bad: Float) {
    let parameters = [Parameter(Tensor.ones([2])), Parameter(Tensor.ones([1]))]
    let optimizer = AdamW([
      AdamW.Group(parameters: [("a", parameters[0]), ("b", parameters[1])], weightDecay: 0.5)
    ])
    parameters[0].value.gradient = Tensor([Float(3), bad])
    parameters[1].value.gradient = Tensor([Float(4)])
    let clipping = GradientClipping(parameters, maximumNorm: 1, mode: .perTensor)
    #expect(clipping.skip.item() == 1)
    optimizer.update(learningRate: 0.1, clipping: clipping)
    #expect(parameters.flatMap { $0.value.array(of: Float.self) } == [1, 1, 1])
  }

  @Test(arguments: [(nil, 1.0), (2.5, 2.0), (5.0, 1.0), (10.0, 1.0)] as [(Double?, Double)])
  func gradientsAreDividedToTheMaximum(maximum: Double?, divisor: Double) {
    let parameters = [Parameter(Tensor.ones([2])), Parameter(Tensor.ones([1])), Parameter(Tensor.ones([1]))]
    parameters[0].value.gradient = Tensor([Float(3), 0])
    parameters[1].value.gradient = Tensor([Float(4)])
    let clipping = GradientClipping(parameters, maximumNorm: maximum)
    #expect(clipping.norm.item() == 5)
    #expect(abs(clipping.divisor.item() - divisor) < 1e-6)
    #expect(clipping.skip.item() == 0)
  }
}
