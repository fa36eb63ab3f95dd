import Testing
import TorchOptim

@Suite struct LearningRateScheduleTests {
  private let schedule = LearningRateSchedule(peak: 1.5e-3, minimum: 1e-5, warmupSteps: 5, totalSteps: 25)

  @Test func theWarmUpIsLinearFromZeroToThePeakInclusive() {
    for (step, rate) in [0, 0.375e-3, 0.75e-3, 1.125e-3, 1.5e-3].enumerated() {
      #expect(abs(schedule(step) - rate) < 1e-15)
    }
  }

  @Test func theCosineFallsFromThePeakToNearTheMinimum() {
    #expect(abs(schedule(5) - 1.5e-3) < 1e-15)
    // A quarter, half and the whole of the way but one step: cos π/4, cos π/2, cos 19π/20.
    #expect(abs(schedule(10) - (1e-5 + 0.5 * 1.49e-3 * 1.7071067811865475)) < 1e-12)
    #expect(abs(schedule(15) - 0.755e-3) < 1e-12)
    #expect(abs(schedule(24) - (1e-5 + 0.5 * 1.49e-3 * (1 - 0.9876883405951378))) < 1e-12)
    #expect(abs(schedule(25) - 1e-5) < 1e-15)
    #expect(abs(schedule(1000) - 1e-5) < 1e-15)
    #expect((5..<24).allSatisfy { schedule($0 + 1) < schedule($0) })
  }

  @Test func edges() {
    #expect(LearningRateSchedule(peak: 1, minimum: 0, warmupSteps: 0, totalSteps: 10)(0) == 1)
    #expect(LearningRateSchedule(peak: 1, minimum: 0, warmupSteps: 1, totalSteps: 10)(0) == 1)
    let onlyWarmUp = LearningRateSchedule(peak: 1, minimum: 0, warmupSteps: 3, totalSteps: 3)
    #expect([0, 1, 2].map { onlyWarmUp($0) } == [0, 0.5, 1])
    #expect(LearningRateSchedule(peak: 1, minimum: 0.5, warmupSteps: 0, totalSteps: 1)(0) == 1)
  }
}
