import TestSupport
import Testing
import Torch

@Suite struct NormLinearTests {
  /// Inputs that record gradients (rows, scale, shift, weight, bias), and the gradient that comes from above.
  private struct Problem {
    let inputs: [Tensor]
    let upstream: Tensor

    init(_ shape: [Int], dtype: DType, width: Int = 12, outputs: Int = 7) {
      var random = SplitMix64(state: 5)
      inputs = [
        random.tensor(shape + [width], dtype), random.tensor([width], dtype), random.tensor([width], dtype),
        random.tensor([outputs, width], dtype), random.tensor([outputs], dtype),
      ]
      upstream = random.tensor(shape + [outputs], dtype)
      for input in inputs { input.requiresGradient = true }
    }

    func run(_ function: ([Tensor]) -> Tensor) -> (value: Tensor, gradients: [Tensor?]) {
      for input in inputs { input.gradient = nil }
      let value = function(inputs)
      (value * upstream.to(value.dtype)).sum().backward()
      return (value, inputs.map(\.gradient))
    }

    static func unfused(_ inputs: [Tensor]) -> Tensor {
      inputs[0].layerNorm(weight: inputs[1], bias: inputs[2], epsilon: 1e-6).linear(inputs[3], bias: inputs[4])
    }

    static func fused(_ inputs: [Tensor]) -> Tensor {
      inputs[0].normLinear(
        scale: inputs[1], shift: inputs[2], epsilon: 1e-6, weight: inputs[3], bias: inputs[4])
    }
  }

  @Test(arguments: [[5], [2, 3], [2, 3, 4]], [DType.float32, .float64])
  func isWhatTheTwoOperatorsAre(shape: [Int], dtype: DType) {
    let problem = Problem(shape, dtype: dtype)
    let expected = problem.run(Problem.unfused)
    let actual = problem.run(Problem.fused)
    let tolerance = dtype == .float64 ? 1e-14 : 1e-6
    #expect(difference(actual.value, expected.value) < tolerance)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      #expect(difference(gradient, wanted) < 10 * tolerance)
    }
  }

  /// Large enough for oneDNN, where there is one.
  @Test func largeOnesAgreeWithFloat64() {
    let exact = Problem([3, 50], dtype: .float64, width: 96, outputs: 130)
    let expected = exact.run(Problem.unfused)
    let problem = Problem([3, 50], dtype: .float32, width: 96, outputs: 130)
    let actual = problem.run(Problem.fused)
    #expect(difference(actual.value, expected.value) < 2e-5)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      #expect(difference(gradient, wanted) < 1e-4)
    }
  }

  @Test func theGradientIsTheSlopeOfTheValue() {
    let problem = Problem([2, 3], dtype: .float64)
    let gradients = problem.run(Problem.fused).gradients
    var random = SplitMix64(state: 9)
    let step = 1e-6
    for (position, input) in problem.inputs.enumerated() {
      let direction = random.tensor(input.shape, .float64)
      func value(_ distance: Double) -> Double {
        noGrad {
          var moved = problem.inputs
          moved[position] = input + direction * distance
          return (Problem.fused(moved) * problem.upstream).sum().item()
        }
      }
      let slope = (value(step) - value(-step)) / (2 * step)
      let expected: Double = (gradients[position]! * direction).sum().item()
      #expect(abs(slope - expected) < 1e-7 * max(1, abs(expected)))
    }
  }

  @Test func autocastLowersItAsItLowersTheTwoOperators() {
    let problem = Problem([4, 3], dtype: .float32)
    let (expected, actual) = autocast(.bfloat16, on: .cpu) {
      (problem.run(Problem.unfused), problem.run(Problem.fused))
    }
    #expect(actual.value.dtype == .bfloat16 && expected.value.dtype == .bfloat16)
    #expect(difference(actual.value, expected.value) == 0)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      #expect(gradient?.dtype == .float32)
      #expect(difference(gradient, wanted) < 0.05)
    }
  }

  @Test func whatNeedsNoGradientGetsNone() {
    let problem = Problem([5], dtype: .float64)
    let expected = problem.run(Problem.unfused).gradients
    for frozen in problem.inputs[1...] { frozen.requiresGradient = false }
    let gradients = problem.run(Problem.fused).gradients
    #expect(gradients[1...].allSatisfy { $0 == nil })
    #expect(difference(gradients[0], expected[0]) < 1e-13)
  }
}
