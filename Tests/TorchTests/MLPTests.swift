import TestSupport
import Testing
import Torch

@Suite struct MLPTests {
  /// Of rows, scale, shift, and the weights and biases of both layers.
  private func function(
    _ shape: [Int], _ dtype: DType, width: Int = 12, hidden: Int = 20, outputs: Int = 7
  ) -> FusedFunction {
    FusedFunction(
      shapes: [shape + [width], [width], [width], [hidden, width], [hidden], [outputs, hidden], [outputs]],
      output: shape + [outputs], dtype: dtype,
      fused: {
        $0[0].normMLP(
          scale: $0[1], shift: $0[2], epsilon: 1e-6, first: ($0[3], $0[4]), second: ($0[5], $0[6]))
      },
      unfused: {
        $0[0].layerNorm(weight: $0[1], bias: $0[2], epsilon: 1e-6).linear($0[3], bias: $0[4]).gelu().linear(
          $0[5], bias: $0[6])
      })
  }

  @Test(arguments: [[5], [2, 3], [2, 3, 4]], [DType.float32, .float64])
  func isWhatTheOperatorsAre(shape: [Int], dtype: DType) {
    function(shape, dtype).expectTwins(within: dtype == .float64 ? 1e-13 : 1e-5)
  }

  /// Three blocks of rows, of which the first two are large enough for oneDNN, where there is one, and the last is not.
  @Test func manyRowsAgreeWithFloat64() {
    let exact = function([2, 2098], .float64, width: 24, hidden: 40)
    let expected = exact.run(exact.unfused)
    let single = function([2, 2098], .float32, width: 24, hidden: 40)
    let actual = single.run(single.fused)
    #expect(difference(actual.value, expected.value) < 2e-5)
    for (gradient, wanted) in zip(actual.gradients, expected.gradients) {
      let size: Double = (wanted! * wanted!).mean().item()
      #expect(difference(gradient, wanted) < 1e-5 * max(1, size.squareRoot()))
    }
  }

  @Test func theGradientIsTheSlopeOfTheValue() { function([2, 3], .float64).expectSlopes(within: 1e-7) }

  @Test func autocastLowersItAsItLowersTheOperators() {
    function([4, 3], .float32).expectTwinsUnderAutocast(within: 0.05)
  }

  @Test func whatNeedsNoGradientGetsNone() { function([5], .float64).expectNoGradientsOfAllButTheFirst() }
}
