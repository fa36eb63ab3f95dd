import SplitMaskCore
import Testing
import Torch
import Training

@Suite struct StepContextTests {
  private func draw(_ processes: ProcessGroup, step: Int, microStep: Int) -> UInt64 {
    let context = StepContext(
      seed: 5, step: step, epoch: 0, microStep: microStep, device: .cpu, processes: processes)
    var generator = context.generator(for: .stochasticDepth)
    return generator.next()
  }

  /// No two processes, batches of an update or updates share their draws.
  @Test func everyBatchHasDrawsOfItsOwn() {
    let processes = ProcessGroup.threads(3)
    let draws = processes.flatMap { member in
      (0..<4).flatMap { step in (0..<2).map { draw(member, step: step, microStep: $0) } }
    }
    #expect(Set(draws).count == 3 * 4 * 2)
  }

  /// They are what the seed promises, so that a run of another version goes on with the same ones.
  @Test func drawsFollowFromSeedStepBatchAndProcess() {
    var generator = SeededGenerator(seed: 5, epoch: 1 * 3 + 2, index: 7, purpose: .stochasticDepth)
    #expect(draw(ProcessGroup.threads(3)[2], step: 7, microStep: 1) == generator.next())
  }
}
