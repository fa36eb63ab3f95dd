import Testing
import Torch
import TorchNN

@Suite struct WeightNormalizedLinearTests {
  @Test func rowsHaveTheirLengthsWhateverTheirDirectionsLengths() {
    var generator = SplitMix64(state: 5)
    let layer = WeightNormalizedLinear(inputs: 2, outputs: 2, fixedLengths: false, using: &generator)
    layer.weightV.assign(Tensor([Float(3), 4, 0, -0.5], shape: [2, 2]))
    layer.weightG.assign(Tensor([Float(10), 2], shape: [2, 1]))
    let output: [Float] = layer(Tensor([Float(1), 0, 0, 1], shape: [2, 2])).array()
    #expect(zip(output, [6, 0, 8, -2]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(layer.namedParameters.map(\.key) == ["weight_g", "weight_v"])
  }

  @Test func fixedLengthsTakeNoGradientAndDirectionsMoveAcrossThemselves() {
    var generator = SplitMix64(state: 5)
    let layer = WeightNormalizedLinear(inputs: 3, outputs: 4, fixedLengths: true, using: &generator)
    layer(Tensor([Float(1), -2, 0.5], shape: [1, 3])).sum().backward()
    #expect(layer.weightG.value.gradient == nil)
    // A change of length changes nothing, so the gradient is at right angles to the direction.
    let along = (layer.weightV.value.gradient! * layer.weightV.value).sum([1]).absolute().maximum([0])
    #expect(along.item() < 1e-6)
    #expect(layer.weightV.value.gradient!.norm().item() > 0.1)
  }
}
