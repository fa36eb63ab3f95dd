import Testing
import Torch
import TorchNN

@Suite struct InitializerTests {
  private func moments(_ tensor: Tensor) -> (mean: Double, deviation: Double, largest: Double) {
    let values = tensor.array(of: Double.self)
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, squares.squareRoot(), values.map(abs).max()!)
  }

  @Test func theNormalLawIsCutAtOneDeviation() {
    var random = SplitMix64(state: 1)
    let cut = Initializer.truncatedNormal([400, 1000], standardDeviation: 0.02, cut: 0.02, using: &random)
    let found = moments(cut)
    // The deviation of a standard normal distribution cut at ±1 is √(1 - 2 φ(1) / (2 Φ(1) - 1)) = 0.53956.
    #expect(abs(found.mean) < 1e-4)
    #expect(abs(found.deviation / 0.02 - 0.53956) < 0.003)
    #expect(found.largest <= 0.02 && found.largest > 0.0199)
  }

  @Test func theUsualCutIsOutOfReach() {
    var random = SplitMix64(state: 2)
    let normal = Initializer.truncatedNormal([400, 1000], using: &random)
    let found = moments(normal)
    #expect(abs(found.mean) < 2e-4)
    #expect(abs(found.deviation - 0.02) < 1e-4)
    #expect(found.largest < 5.5 * 0.02 && found.largest > 4 * 0.02)
    #expect(normal.isFinite().all().item() == 1)
    let values = normal.array(of: Double.self)
    // Shares of a normal distribution within one and two deviations.
    #expect(abs(Double(values.count { abs($0) < 0.02 }) / 400_000 - 0.6827) < 0.004)
    #expect(abs(Double(values.count { abs($0) < 0.04 }) / 400_000 - 0.9545) < 0.002)
  }

  @Test func theEndsOfTheUniformLawGiveFiniteWeights() {
    struct Constant: RandomNumberGenerator {
      let value: UInt64
      func next() -> UInt64 { value }
    }
    for value in [UInt64.min, .max] {
      var generator = Constant(value: value)
      let weight = Initializer.truncatedNormal([1], using: &generator).item()
      #expect(abs(weight) > 0.09 && abs(weight) < 0.11)
    }
  }

  @Test func uniformLaws() {
    var random = SplitMix64(state: 3)
    let uniform = moments(Initializer.uniform([100_000], 1, 3, using: &random))
    #expect(abs(uniform.mean - 2) < 0.01 && abs(uniform.deviation - 2 / 12.0.squareRoot()) < 0.01)
    let fan = moments(Initializer.fanInUniform([100_000], fanIn: 25, using: &random))
    #expect(fan.largest <= 0.2 && fan.largest > 0.1999 && abs(fan.mean) < 0.002)
  }

  @Test func linearLayersStartAsDocumented() {
    var random = SplitMix64(state: 4)
    let layer = Linear(inputs: 300, outputs: 200, using: &random)
    #expect(layer.weight.value.shape == [200, 300] && abs(moments(layer.weight.value).deviation - 0.02) < 3e-4)
    #expect(layer.bias!.value.hasSameValues(as: Tensor.zeros([200])))
    #expect(Linear(inputs: 2, outputs: 2, bias: false, using: &random).namedParameters.map(\.key) == ["weight"])
    let input = Tensor.ones([1, 300])
    #expect(difference(layer(input), layer.weight.value.sum([1]).unsqueezed(0)) < 1e-5)
  }
}

@Suite struct LayerNormTests {
  @Test func theEpsilonIsThatOfVisionTransformers() throws {
    let golden = try golden("layers/layer_norm")
    let layer = LayerNorm(16)
    try layer.load(["weight": golden["weight"]!, "bias": golden["bias"]!])
    let output = layer(golden["input"]!)
    #expect(difference(output, golden["output"]) < 1e-5)
    // One row's variance is near the epsilon; libtorch's default would show there.
    let coarse = golden["input"]!.layerNorm(weight: golden["weight"]!, bias: golden["bias"]!, epsilon: 1e-5)
    #expect(difference(coarse, golden["output"]) > 0.1)
  }

  @Test func itStartsAsTheIdentity() {
    let layer = LayerNorm(3)
    #expect(layer.weight.value.hasSameValues(as: Tensor.ones([3])))
    #expect(layer.bias.value.hasSameValues(as: Tensor.zeros([3])))
  }
}
