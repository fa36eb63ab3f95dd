import Testing
import Torch
import TorchNN

@Suite struct BatchNorm2dTests {
  @Test func everyChannelIsNormalisedOverAllPixels() {
    let layer = BatchNorm2d(2)
    layer.weight.assign(Tensor([1, 2] as [Float]))
    layer.bias.assign(Tensor([0, 5] as [Float]))
    // Channel 0: 0 and 2 by turns, mean 1, variance 1. Channel 1: the same ten times as large.
    let input = Tensor([0, 2, 0, 20, 0, 2, 0, 20] as [Float], shape: [2, 2, 1, 2])
    let output = layer(input, training: true).array(of: Float.self)
    for (found, wanted) in zip(output, [-1, 1, 3, 7, -1, 1, 3, 7] as [Float]) { #expect(abs(found - wanted) < 1e-4) }
    // A tenth of the way; the variance without bias is 4/3 of the batch's.
    #expect(difference(layer.runningMean.value, Tensor([0.1, 1] as [Float])) < 1e-6)
    #expect(difference(layer.runningVar.value, Tensor([0.9 + 0.4 / 3, 0.9 + 40 / 3] as [Float])) < 1e-5)
  }

  @Test func evaluationUsesWhatTrainingKept() throws {
    let layer = BatchNorm2d(1)
    _ = layer(Tensor([0, 4] as [Float], shape: [1, 1, 1, 2]), training: true)
    let other = BatchNorm2d(1)
    try other.load(layer.stateDictionary.mapValues { $0.cloned() })
    #expect(other.stateDictionary.keys.sorted() == ["bias", "running_mean", "running_var", "weight"])
    let input = Tensor([0.2] as [Float], shape: [1, 1, 1, 1])
    let kept = layer.runningMean.value.cloned()
    #expect(abs(other(input, training: false).item()) < 1e-6, "the mean is 0.2")
    #expect(layer.runningMean.value.hasSameValues(as: kept))
    #expect(layer.runningMean.value.requiresGradient == false && layer.weight.value.requiresGradient)
  }
}
