import TestSupport
import Testing
import Torch

/// The linear map by oneDNN against float64, and against its twin by libtorch's BLAS.
@Suite(.serialized) struct LinearTests {
  private struct Pass {
    let value: Tensor
    let input: Tensor?
    let weight: Tensor?
    let bias: Tensor?

    func distance(to other: Pass) -> Double {
      [
        difference(value, other.value), difference(input, other.input), difference(weight, other.weight),
        difference(bias, other.bias),
      ].max()!
    }
  }

  private func pass(_ input: Tensor, _ weight: Tensor, _ bias: Tensor, upstream: Tensor, _ dtype: DType) -> Pass {
    let inputs = [input, weight, bias].map { $0.to(dtype).cloned() }
    for tensor in inputs { tensor.requiresGradient = true }
    let value = inputs[0].linear(inputs[1], bias: inputs[2])
    (value * upstream.to(dtype)).sum().backward()
    return Pass(
      value: value.detached(), input: inputs[0].gradient, weight: inputs[1].gradient, bias: inputs[2].gradient)
  }

  @Test(arguments: [([70, 96], 64), ([3, 50, 96], 130), ([2, 3, 40, 48], 257), ([5000, 16], 9)])
  func valueAndGradientsAreThoseOfFloat64(shape: [Int], outputs: Int) throws {
    var random = SplitMix64(state: 11)
    let input = random.tensor(shape)
    let (weight, bias) = (random.tensor([outputs, shape.last!]), random.tensor([outputs]))
    let upstream = random.tensor(shape.dropLast() + [outputs])
    let exact = pass(input, weight, bias, upstream: upstream, .float64)
    // The weight's gradient is a sum over all rows.
    let tolerance = shape[0] > 1000 ? 1e-4 : 2e-5
    let before = Engine.usesOneDNN
    defer { Engine.usesOneDNN = before }
    for isOneDNN in [true, false] {
      Engine.usesOneDNN = isOneDNN
      #expect(pass(input, weight, bias, upstream: upstream, .float32).distance(to: exact) < tolerance)
    }
  }

  @Test func transposedViewsAreTakenAsTheyAre() {
    var random = SplitMix64(state: 12)
    let (left, right) = (random.tensor([96, 80]), random.tensor([96, 70]))
    let product = left.transposed(0, 1).linear(right.transposed(0, 1))
    let exact = left.to(.float64).transposed(0, 1).matmul(right.to(.float64))
    #expect(difference(product, exact) < 1e-5)
  }

  @Test func whatNeedsNoGradientHasNone() {
    var random = SplitMix64(state: 13)
    let (input, weight) = (random.tensor([80, 96]), random.tensor([64, 96]))
    weight.requiresGradient = true
    (input.linear(weight) * 2).sum().backward()
    #expect(input.gradient == nil && weight.gradient != nil)
    #expect(!noGrad { input.linear(weight) }.requiresGradient)
  }
}
