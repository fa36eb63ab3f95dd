import Testing
import Torch

@Suite struct GELULinearTests {
  private func function(_ shape: [Int], _ dtype: DType) -> FusedFunction {
    FusedFunction(
      shapes: [shape + [12], [7, 12], [7]], output: shape + [7], dtype: dtype,
      fused: { $0[0].geluLinear($0[1], bias: $0[2]) }, unfused: { $0[0].gelu().linear($0[1], bias: $0[2]) })
  }

  @Test(arguments: [[5], [2, 3], [2, 3, 4]], [DType.float32, .float64])
  func isWhatTheTwoOperatorsAre(shape: [Int], dtype: DType) {
    function(shape, dtype).expectTwins(within: dtype == .float64 ? 1e-14 : 1e-6)
  }

  @Test func theGradientIsTheSlopeOfTheValue() { function([2, 3], .float64).expectSlopes(within: 1e-8) }

  @Test func autocastLowersItAsItLowersTheTwoOperators() {
    function([4, 3], .float32).expectTwinsUnderAutocast(within: 0.02)
  }

  @Test func whatNeedsNoGradientGetsNone() { function([5], .float64).expectNoGradientsOfAllButTheFirst() }
}
