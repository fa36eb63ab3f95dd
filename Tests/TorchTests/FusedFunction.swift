import TestSupport
import Testing
import Torch

/// A function that is several operators in one, beside those operators: its twin, which it must agree with.
struct FusedFunction {
  let fused: ([Tensor]) -> Tensor
  let unfused: ([Tensor]) -> Tensor
  /// What records gradients.
  let inputs: [Tensor]
  /// The gradient that comes from above.
  let upstream: Tensor

  init(
    shapes: [[Int]], output: [Int], dtype: DType, fused: @escaping ([Tensor]) -> Tensor,
    unfused: @escaping ([Tensor]) -> Tensor
  ) {
    (self.fused, self.unfused) = (fused, unfused)
    var random = SplitMix64(state: 5)
    inputs = shapes.map { random.tensor($0, dtype) }
    upstream = random.tensor(output, dtype)
    for input in inputs { input.requiresGradient = true }
  }

  /// The value, and the gradients of its product with `upstream`.
  func run(_ function: ([Tensor]) -> Tensor) -> (value: Tensor, gradients: [Tensor?]) {
    for input in inputs { input.gradient = nil }
    let value = function(inputs)
    (value * upstream.to(value.dtype)).sum().backward()
    return (value, inputs.map(\.gradient))
  }

  func expectTwins(within tolerance: Double) {
    let (expected, actual) = (run(unfused), run(fused))
    #expect(difference(actual.value, expected.value) < tolerance)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      #expect(difference(gradient, wanted) < 10 * tolerance)
    }
  }

  /// Of inputs in double precision.
  func expectSlopes(within tolerance: Double) {
    let gradients = run(fused).gradients
    var random = SplitMix64(state: 9)
    let step = 1e-6
    for (position, input) in inputs.enumerated() {
      let direction = random.tensor(input.shape, .float64)
      func value(_ distance: Double) -> Double {
        noGrad {
          var moved = inputs
          moved[position] = input + direction * distance
          return (fused(moved) * upstream).sum().item()
        }
      }
      let slope = (value(step) - value(-step)) / (2 * step)
      let expected: Double = (gradients[position]! * direction).sum().item()
      #expect(abs(slope - expected) < tolerance * max(1, abs(expected)))
    }
  }

  /// Of inputs in single precision.
  func expectTwinsUnderAutocast(within tolerance: Double) {
    let (expected, actual) = autocast(.bfloat16, on: .cpu) { (run(unfused), run(fused)) }
    #expect(actual.value.dtype == .bfloat16 && expected.value.dtype == .bfloat16)
    #expect(difference(actual.value, expected.value) == 0)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      #expect(gradient?.dtype == .float32)
      #expect(difference(gradient, wanted) < tolerance)
    }
  }

  func expectNoGradientsOfAllButTheFirst() {
    let expected = run(unfused).gradients
    for frozen in inputs[1...] { frozen.requiresGradient = false }
    let gradients = run(fused).gradients
    #expect(gradients[1...].allSatisfy { $0 == nil })
    #expect(difference(gradients[0], expected[0]) < 1e-13)
    #expect(!noGrad { fused(inputs) }.requiresGradient)
  }
}
