import TestSupport
import Testing
import Torch

@Suite struct NormLinearTests {
  /// Of rows, scale, shift, weight and bias.
  private func function(_ shape: [Int], _ dtype: DType, width: Int = 12, outputs: Int = 7) -> FusedFunction {
    FusedFunction(
      shapes: [shape + [width], [width], [width], [outputs, width], [outputs]], output: shape + [outputs], dtype: dtype,
      fused: {
        $0[0].normLinear(scale: $0[1], shift: $0[2], epsilon: 1e-6, weight: $0[3], bias: $0[4])
      },
      unfused: { $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 1e-6).linear($0[3], bias: $0[4]) })
  }

  @Test(arguments: [[5], [2, 3], [2, 3, 4]], [DType.float32, .float64])
  func isWhatTheTwoOperatorsAre(shape: [Int], dtype: DType) {
    function(shape, dtype).expectTwins(within: dtype == .float64 ? 1e-14 : 1e-6)
  }

  /// Large enough for oneDNN, where there is one.
  @Test func largeOnesAgreeWithFloat64() {
    let exact = function([3, 50], .float64, width: 96, outputs: 130)
    let expected = exact.run(exact.unfused)
    let single = function([3, 50], .float32, width: 96, outputs: 130)
    let actual = single.run(single.fused)
    #expect(difference(actual.value, expected.value) < 2e-5)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      #expect(difference(gradient, wanted) < 1e-4)
    }
  }

  @Test func theGradientIsTheSlopeOfTheValue() { function([2, 3], .float64).expectSlopes(within: 1e-7) }

  @Test func autocastLowersItAsItLowersTheTwoOperators() {
    function([4, 3], .float32).expectTwinsUnderAutocast(within: 0.05)
  }

  @Test func whatNeedsNoGradientGetsNone() { function([5], .float64).expectNoGradientsOfAllButTheFirst() }
}
