import Settings
import Testing
import Training

@Suite struct TrainingScheduleTests {
  private func config(
    batch: Int = 4, accumulate: Int = 1, steps: Int? = nil, epochs: Int? = nil, warmup: Int? = nil
  ) -> Trainer.Config {
    var config = Trainer.Config()
    (config.batchSize, config.accumulate, config.steps, config.epochs) = (batch, accumulate, steps, epochs)
    (config.warmupSteps, config.learningRate) = (warmup, 1e-3)
    return config
  }

  @Test func epochsCountWholeUpdates() throws {
    // 23 images are 5 batches of 4, which are 2 updates of 2.
    let schedule = try TrainingSchedule(config(accumulate: 2, epochs: 3), imageCount: 23, seed: 0)
    #expect(schedule.stepsPerEpoch == 2)
    #expect(schedule.totalSteps == 6)
    let plan = schedule.plan(device: "cpu", notes: [])
    #expect(plan.epochs == 3 && plan.totalSteps == 6 && plan.images == 23)
  }

  @Test func stepsOutrankEpochs() throws {
    let schedule = try TrainingSchedule(config(steps: 7, epochs: 100), imageCount: 16, seed: 0)
    #expect(schedule.totalSteps == 7)
    #expect(schedule.plan(device: "cpu", notes: []).epochs == 1.75)
  }

  @Test func largestBatchAndAccumulationAreAccepted() throws {
    #expect(try TrainingSchedule(config(batch: 16, epochs: 2), imageCount: 16, seed: 0).totalSteps == 2)
    #expect(try TrainingSchedule(config(accumulate: 4, epochs: 2), imageCount: 16, seed: 0).totalSteps == 2)
  }

  @Test func whatWouldNeverUpdateIsRefused() throws {
    let batch = #expect(throws: InvalidSetting.self) {
      try TrainingSchedule(config(batch: 17, epochs: 1), imageCount: 16, seed: 0)
    }
    #expect(batch?.key == "training.batchSize")
    #expect(batch?.problem.contains("at most 16") == true)
    let accumulation = #expect(throws: InvalidSetting.self) {
      try TrainingSchedule(config(accumulate: 5, steps: 9), imageCount: 19, seed: 0)
    }
    #expect(accumulation?.key == "training.accumulate")
    #expect(accumulation?.problem.contains("at most 4") == true)
  }

  /// 3.3 % of the run, at most 6,250 updates (METHODS §3.3-15).
  @Test(arguments: [(10, 0), (100, 3), (1000, 33), (100_000, 3300), (189_393, 6250), (1_000_000, 6250)])
  func warmupFollowsTheRule(steps: Int, expected: Int) throws {
    #expect(try TrainingSchedule(config(steps: steps), imageCount: 16, seed: 0).warmupSteps == expected)
  }

  @Test func warmupMayBeChosenWithinTheRun() throws {
    let schedule = try TrainingSchedule(config(steps: 10, warmup: 10), imageCount: 16, seed: 0)
    #expect(schedule.warmupSteps == 10)
    let error = #expect(throws: InvalidSetting.self) {
      try TrainingSchedule(config(steps: 10, warmup: 11), imageCount: 16, seed: 0)
    }
    #expect(error?.key == "training.warmupSteps")
  }

  @Test func rateRisesToItsPeakAndFalls() throws {
    let schedule = try TrainingSchedule(config(steps: 100, warmup: 20), imageCount: 16, seed: 0)
    let rates = (0..<100).map(schedule.learningRate)
    let top = try #require(rates.max())
    #expect(abs(top - 1e-3) < 1e-4)
    #expect((18...21).contains(rates.firstIndex(of: top)!))
    #expect(zip(rates, rates.dropFirst()).prefix(18).allSatisfy { $0 < $1 })
    #expect(zip(rates, rates.dropFirst()).dropFirst(21).allSatisfy { $0 > $1 })
    #expect(rates.last! < 2e-5 && rates.last! >= 1e-5)
  }
}
