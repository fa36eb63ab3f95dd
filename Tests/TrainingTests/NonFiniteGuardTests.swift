import Testing
import Torch
import TorchNN
import TorchOptim
import Training

@Suite struct NonFiniteGuardTests {
  private func clipping(_ loss: Float) -> GradientClipping {
    let parameter = Parameter(Tensor([Float(3), 4], shape: [2]))
    (parameter.value * parameter.value).sum().backward()
    return GradientClipping([parameter], losses: [Tensor([loss], shape: [])], maximumNorm: 3)
  }

  @Test func onlyARowIsBeyondHope() {
    var guardian = NonFiniteGuard(device: .cpu)
    let (good, bad) = (clipping(1), clipping(.nan))
    for _ in 0..<9 { guardian.note(bad) }
    #expect(!guardian.hasDiverged && guardian.skippedCount == 9)
    guardian.note(good)
    for _ in 0..<9 { guardian.note(bad) }
    #expect(!guardian.hasDiverged && guardian.skippedCount == 18)
    guardian.note(bad)
    #expect(guardian.hasDiverged && guardian.skippedCount == 19)
  }

  @Test func countGoesOnFromAnEarlierSession() {
    var guardian = NonFiniteGuard(device: .cpu, skippedCount: 5)
    #expect(guardian.skippedCount == 5)
    for _ in 0..<9 { guardian.note(clipping(.nan)) }
    #expect(!guardian.hasDiverged && guardian.skippedCount == 14)
  }

  @Test func normIsThatBeforeClipping() {
    var guardian = NonFiniteGuard(device: .cpu)
    guardian.note(clipping(1))
    #expect(guardian.lastNorm == 10)
  }
}
