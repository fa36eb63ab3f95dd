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

  /// mmsegmentation's poly of power 1: the warm-up multiplies the falling rate.
  @Test func theLineFallsFromTheFirstStep() {
    let schedule = LearningRateSchedule(
      peak: 7e-4, minimum: 0, warmupSteps: 1500, totalSteps: 160_000, form: .linear)
    #expect(abs(schedule(0) - 7e-10) < 1e-18)
    #expect(abs(schedule(750) - 7e-4 * (1 - 750.0 / 160_000) * (1 - 0.5 * (1 - 1e-6))) < 1e-15)
    #expect(abs(schedule(80_000) - 3.5e-4) < 1e-15)
    #expect(schedule(159_999) > 0 && schedule(159_999) < 1e-8)
  }

  /// mmdetection's 3x of 36 epochs drops after the 27th and the 33rd.
  @Test(arguments: [(LearningRateSchedule.Form.threeTimes, 36, [27, 33]), (.once, 12, [8, 11])])
  func stepsDropAfterTheirEpochs(form: LearningRateSchedule.Form, epochs: Int, drops: [Int]) {
    let perEpoch = 100
    let schedule = LearningRateSchedule(
      peak: 1e-4, minimum: 0, warmupSteps: 50, totalSteps: epochs * perEpoch, form: form, stepsPerEpoch: perEpoch)
    #expect(abs(schedule(0) - 1e-7) < 1e-15)
    #expect(abs(schedule(25) - 1e-4 * (1 - 0.5 * 0.999)) < 1e-15)
    #expect(schedule(50) == 1e-4 && schedule(drops[0] * perEpoch - 1) == 1e-4)
    #expect(abs(schedule(drops[0] * perEpoch) - 1e-5) < 1e-15)
    #expect(abs(schedule(drops[1] * perEpoch - 1) - 1e-5) < 1e-15)
    #expect(abs(schedule(drops[1] * perEpoch) - 1e-6) < 1e-15)
  }
}
