import Foundation
import SplitMaskCore
import Testing
import TorchOptim
import Training

@Suite struct TrainingScheduleTests {
  private func schedule(
    batch: Int = 4, accumulate: Int = 1, steps: Int? = nil, epochs: Int? = nil, warmup: Int? = nil, imageCount: Int
  ) throws -> TrainingSchedule {
    var config = Trainer.Config()
    (config.batchSize, config.accumulate, config.steps, config.epochs) = (batch, accumulate, steps, epochs)
    (config.warmupSteps, config.learningRate) = (warmup, 1e-3)
    let resolved = config.resolved(
      by: OptimizationDefaults(), imageCount: imageCount, batchSize: 64, length: .epochs(1))
    return try TrainingSchedule(resolved, imageCount: imageCount, seed: 0)
  }

  @Test func epochsCountWholeUpdates() throws {
    // 23 images are 5 batches of 4, which are 2 updates of 2.
    let schedule = try self.schedule(accumulate: 2, epochs: 3, imageCount: 23)
    #expect(schedule.stepsPerEpoch == 2)
    #expect(schedule.totalSteps == 6)
    let plan = schedule.plan(on: .cpu, precision: .float32, processes: .alone, notes: [])
    #expect(plan.epochs == 3 && plan.totalSteps == 6 && plan.images == 23)
  }

  @Test func stepsOutrankEpochs() throws {
    let schedule = try self.schedule(steps: 7, epochs: 100, imageCount: 16)
    #expect(schedule.totalSteps == 7)
    #expect(schedule.plan(on: .cpu, precision: .float32, processes: .alone, notes: []).epochs == 1.75)
  }

  @Test func largestBatchAndAccumulationAreAccepted() throws {
    #expect(try schedule(batch: 16, epochs: 2, imageCount: 16).totalSteps == 2)
    #expect(try schedule(accumulate: 4, epochs: 2, imageCount: 16).totalSteps == 2)
  }

  @Test func whatWouldNeverUpdateIsRefused() throws {
    let batch = #expect(throws: InvalidSetting.self) {
      try schedule(batch: 17, epochs: 1, imageCount: 16)
    }
    #expect(batch?.key == "training.batchSize")
    #expect(batch?.problem.contains("at most 16") == true)
    let accumulation = #expect(throws: InvalidSetting.self) {
      try schedule(accumulate: 5, steps: 9, imageCount: 19)
    }
    #expect(accumulation?.key == "training.accumulate")
    #expect(accumulation?.problem.contains("at most 4") == true)
  }

  /// 3.3 % of the run, at most 6,250 updates (docs/method.md, row 15).
  @Test(arguments: [(10, 0), (100, 3), (1000, 33), (100_000, 3300), (189_393, 6250), (1_000_000, 6250)])
  func warmupFollowsTheRule(steps: Int, expected: Int) throws {
    #expect(try schedule(steps: steps, imageCount: 16).warmupSteps == expected)
  }

  @Test func warmupMayBeChosenWithinTheRun() throws {
    let schedule = try self.schedule(steps: 10, warmup: 10, imageCount: 16)
    #expect(schedule.warmupSteps == 10)
    let error = #expect(throws: InvalidSetting.self) {
      try self.schedule(steps: 10, warmup: 11, imageCount: 16)
    }
    #expect(error?.key == "training.warmupSteps")
  }

  /// BEiT's cosine_scheduler (microsoft/unilm, beit/utils.py): NumPy's linspace(0, peak, 20), then half a cosine over the
  /// other 80 updates, whose last is one step before the minimum.
  @Test func everyRateIsThatOfBEiTsSchedule() throws {
    let schedule = try self.schedule(steps: 100, warmup: 20, imageCount: 16)
    let (peak, minimum) = (1e-3, 1e-5)
    let rising = (0..<20).map { (step: Int) -> Double in peak * Double(step) / 19 }
    let falling = (0..<80).map { (step: Int) -> Double in
      let half = 0.5 * (1 + cos(Double.pi * Double(step) / 80))
      return minimum + (peak - minimum) * half
    }
    for (step, expected) in (rising + falling).enumerated() {
      #expect(abs(schedule.learningRate(step) - expected) < 1e-15, "update \(step)")
    }
  }

  /// timm's scheduler in DeiT's loop: epochs 0 and 1 at 1e-6, everything one epoch late (DeiT's main.py).
  @Test func rateByEpochsIsOneEpochLate() {
    let rate = LearningRateSchedule(
      peak: 1e-3, minimum: 1e-5, warmupSteps: 50, totalSteps: 3000, form: .perEpoch, stepsPerEpoch: 10)
    #expect(rate(0) == 1e-6 && rate(9) == 1e-6 && rate(10) == 1e-6 && rate(19) == 1e-6)
    #expect(abs(rate(20) - (1e-6 + (1e-3 - 1e-6) / 5)) < 1e-12)
    let expected = 1e-5 + 0.5 * (1e-3 - 1e-5) * (1 + cos(Double.pi * 100 / 300))
    #expect(abs(rate(1010) - expected) < 1e-12 && rate(1010) == rate(1019))
  }

  /// MAE: lr · e / W for a fractional epoch e below W, then half a cosine to the end (util/lr_sched.py).
  @Test func fractionalRateReachesItsPeakAfterTheWarmup() {
    let rate = LearningRateSchedule(
      peak: 2, minimum: 0, warmupSteps: 40, totalSteps: 800, form: .fractional)
    #expect(rate(0) == 0 && rate(20) == 1 && rate(40) == 2)
    #expect(abs(rate(420) - 1) < 1e-12)
  }

  @Test func weightDecayFollowsACosine() throws {
    var config = Trainer.Config()
    let defaults = OptimizationDefaults(weightDecay: 0.04, weightDecayEnd: 0.4)
    func schedule() throws -> TrainingSchedule {
      let resolved = config.resolved(by: defaults, imageCount: 16, batchSize: 4, length: .steps(100))
      return try TrainingSchedule(resolved, imageCount: 16, seed: 0)
    }
    let rising = try schedule()
    #expect(abs(rising.weightDecay(0) - 0.04) < 1e-12 && abs(rising.weightDecay(50) - 0.22) < 1e-12)
    config.weightDecay = 0.1
    let constant = try schedule()
    #expect(constant.weightDecay(0) == 0.1 && constant.weightDecay(99) == 0.1)
  }
}
