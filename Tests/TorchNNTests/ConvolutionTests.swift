import Testing
import Torch
import TorchNN

@Suite struct ConvolutionTests {
  @Test func anOddKernelKeepsTheSize() {
    let layer = Conv2d(weight: Tensor.ones([2, 1, 3, 3]))
    layer.bias!.assign(Tensor([0, 10] as [Float]))
    let output = layer(Tensor.ones([1, 1, 2, 3]))
    #expect(output.shape == [1, 2, 2, 3])
    #expect(output.array() == [4.0, 6, 4, 4, 6, 4, 14, 16, 14, 14, 16, 14])
    #expect(Conv2d(weight: Tensor.ones([2, 1, 1, 1]), bias: false).stateDictionary.keys.sorted() == ["weight"])
  }

  @Test func aTransposedConvolutionDoublesTheSize() {
    var generator = SplitMix64(state: 1)
    let layer = ConvTranspose2d(inputs: 3, outputs: 5, using: &generator)
    #expect(layer(Tensor.ones([2, 3, 4, 6])).shape == [2, 5, 8, 12])
    // libtorch's bound for 5 outputs and 4 places.
    #expect(layer.weight.value.absolute().maximum([]).item() <= 1 / 20.0.squareRoot())
    #expect(layer.bias.value.absolute().maximum([]).item() > 0)
    let given = ConvTranspose2d(weight: Tensor.ones([1, 1, 2, 2]))
    #expect(given(Tensor([3] as [Float], shape: [1, 1, 1, 1])).array() == [3.0, 3, 3, 3])
  }

  @Test func kernelsStartAsTheirLawsSay() {
    var generator = SplitMix64(state: 1)
    func deviation(_ tensor: Tensor) -> Double { tensor.variance([0, 1, 2, 3]).item().squareRoot() }
    let xavier = Initializer.xavierUniformKernel([64, 32, 3, 3], using: &generator)
    let bound = (6.0 / (96 * 9)).squareRoot()
    #expect(xavier.absolute().maximum([]).item() <= bound)
    #expect(abs(deviation(xavier) * 3.0.squareRoot() / bound - 1) < 0.02)
    let kaiming = Initializer.kaimingNormal([64, 32, 3, 3], using: &generator)
    #expect(abs(deviation(kaiming) / (2.0 / (64 * 9)).squareRoot() - 1) < 0.02)
  }
}
