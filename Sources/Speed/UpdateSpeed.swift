import Runs
import TrainingCost

extension UpdateSpeed {
  /// - Parameters:
  ///   - times: of updates of `run`.
  ///   - matrixRate: Gflop/s.
  /// - Throws: `InvalidSetting` for settings that no run accepts.
  init(_ times: UpdateTimes, of run: PretrainingRun, matrixRate: Double) throws {
    let rate = Double(times.batchSize * run.schedule.accumulate) / times.median
    let work = try run.recipe.method.work(words: run.recipe.specification)
    self.init(
      batchSize: times.batchSize, updateCount: times.seconds.count, imagesPerSecond: rate,
      dataWait: min(1, times.waitSeconds / times.seconds.reduce(0, +)), peakMemory: times.peakMemory,
      modelFLOPsUtilization: 2 * work.stepMultiplyAdds * rate / 1e9 / matrixRate,
      runSeconds: times.median * Double(run.schedule.totalSteps))
  }
}
