import Testing
import Torch

@Suite struct TensorConvolutionTests {
  @Test func aConvolutionSumsNeighbours() {
    // Two channels of 2 × 3 pixels; the kernel takes the pixel to the left of the first and twice the second's own.
    let image = Tensor([1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60] as [Float], shape: [1, 2, 2, 3])
    var kernel = [Float](repeating: 0, count: 18)
    kernel[3] = 1
    kernel[9 + 4] = 2
    let result = image.convolved(Tensor(kernel, shape: [1, 2, 3, 3]), bias: Tensor([0.5] as [Float]), padding: 1)
    #expect(result.shape == [1, 1, 2, 3])
    #expect(result.array() == [20.5, 41.5, 62.5, 80.5, 104.5, 125.5])
    let point = image.convolved(Tensor([1, -1] as [Float], shape: [1, 2, 1, 1]), bias: nil, padding: 0)
    #expect(point.array() == [-9.0, -18, -27, -36, -45, -54])
  }

  @Test func aTransposedConvolutionEnlarges() {
    let image = Tensor([1, 2] as [Float], shape: [1, 1, 1, 2])
    let kernel = Tensor([1, 10, 100, 1000] as [Float], shape: [1, 1, 2, 2])
    let result = image.convolvedTransposed(kernel, bias: Tensor([0.5] as [Float]), step: 2)
    expect(result, [1.5, 10.5, 2.5, 20.5, 100.5, 1000.5, 200.5, 2000.5], shape: [1, 1, 2, 4])
  }

  @Test func reluKeepsWhatIsPositive() {
    #expect(Tensor([-1, 0, 2] as [Float]).relu().array() == [0.0, 0, 2])
  }

  @Test func aBiasDirectsAttention() {
    let values = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [1, 1, 3, 2])
    let even = Tensor.scaledDotProductAttention(query: values.zerosLike(), key: values, value: values)
    #expect(even.array(of: Float.self).prefix(2) == [3, 4])
    // Every query is told to look at the last key only.
    let bias = Tensor([-1e9, -1e9, 0] as [Float], shape: [1, 1, 1, 3]).expanded([1, 1, 3, 3])
    let last = Tensor.scaledDotProductAttention(query: values, key: values, value: values, bias: bias)
    #expect(last.array() == [5.0, 6, 5, 6, 5, 6])
  }
}
