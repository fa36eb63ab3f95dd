import Testing
import Torch

@Suite struct GELULinearTests {
  /// Inputs that record gradients, and the gradient that comes from above.
  private struct Problem {
    let inputs: [Tensor]
    let upstream: Tensor

    init(_ shape: [Int], dtype: DType) {
      var random = SplitMix64(state: 3)
      inputs = [
        random.tensor(shape + [12], dtype), random.tensor([7, 12], dtype), random.tensor([7], dtype),
      ]
      upstream = random.tensor(shape + [7], dtype)
      for input in inputs { input.requiresGradient = true }
    }

    /// The value, and the gradients of its product with `upstream`.
    func run(_ function: (Tensor, Tensor, Tensor) -> Tensor) -> (value: Tensor, gradients: [Tensor?]) {
      for input in inputs { input.gradient = nil }
      let value = function(inputs[0], inputs[1], inputs[2])
      (value * upstream.to(value.dtype)).sum().backward()
      return (value, inputs.map(\.gradient))
    }

    static func unfused(_ hidden: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
      hidden.gelu().linear(weight, bias: bias)
    }

    static func fused(_ hidden: Tensor, _ weight: Tensor, _ bias: Tensor) -> Tensor {
      hidden.geluLinear(weight, bias: bias)
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
      #expect(difference(gradient, wanted) < tolerance)
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
          return (Problem.fused(moved[0], moved[1], moved[2]) * problem.upstream).sum().item()
        }
      }
      let slope = (value(step) - value(-step)) / (2 * step)
      let expected: Double = (gradients[position]! * direction).sum().item()
      #expect(abs(slope - expected) < 1e-8 * max(1, abs(expected)))
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
      #expect(difference(gradient, wanted) < 0.02)
    }
  }

  @Test func whatNeedsNoGradientGetsNone() {
    let problem = Problem([5], dtype: .float64)
    let expected = problem.run(Problem.unfused).gradients
    for frozen in problem.inputs[1...] { frozen.requiresGradient = false }
    let gradients = problem.run(Problem.fused).gradients
    #expect(gradients[1] == nil && gradients[2] == nil)
    #expect(difference(gradients[0], expected[0]) < 1e-14)
    #expect(!noGrad { Problem.fused(problem.inputs[0], problem.inputs[1], problem.inputs[2]) }.requiresGradient)
  }
}
