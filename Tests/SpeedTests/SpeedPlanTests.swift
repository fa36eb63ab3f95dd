import Runs
import Speed
import Testing
import TrainingCost

@Suite struct SpeedPlanTests {
  private func plan(
    batch: Int = 64, largest: Int = 1000, doublings: Int = 1, memory: Int? = 1000, seconds: Double = 30
  ) -> SpeedPlan {
    SpeedPlan(batchSize: batch, largest: largest, doublings: doublings, memory: memory, seconds: seconds)
  }

  private func times(_ batch: Int, seconds: [Double] = [1], memory: Int = 100) -> UpdateTimes {
    UpdateTimes(batchSize: batch, seconds: seconds, waitSeconds: 0, peakMemory: memory)
  }

  @Test func batchSizesAreHalfAndDoubles() {
    #expect(plan().batchSizes == [32, 64, 128])
    #expect(plan(doublings: 3).batchSizes == [32, 64, 128, 256, 512])
    #expect(plan(largest: 100, doublings: 3).batchSizes == [32, 64], "as the data set has")
    #expect(plan(batch: 1, doublings: 0).batchSizes == [1])
  }

  @Test func whatMightNotFitIsLeftOut() {
    #expect(plan().obstacle(to: 128, after: times(64, memory: 400)) == nil)
    #expect(plan().obstacle(to: 128, after: times(64, memory: 401)) == .memory)
    #expect(plan(memory: nil).obstacle(to: 128, after: times(64, memory: 401)) == nil)
  }

  @Test func whatWouldTakeTooLongIsLeftOut() {
    #expect(plan().obstacle(to: 128, after: times(64, seconds: [7, 7.4, 90])) == nil, "by the median")
    #expect(plan().obstacle(to: 128, after: times(64, seconds: [8])) == .time)
    #expect(plan().obstacle(to: 64, after: times(32, seconds: [8])) == nil, "the run's own size is always measured")
  }

  @Test func workerCountsEndWithTheProcessors() {
    #expect(SpeedPlan.workerCounts(processors: 1, asked: 1) == [1])
    #expect(SpeedPlan.workerCounts(processors: 6, asked: 6) == [1, 2, 4, 6])
    #expect(SpeedPlan.workerCounts(processors: 8, asked: 0) == [1, 2, 4, 8])
    #expect(SpeedPlan.workerCounts(processors: 2, asked: 3) == [1, 2, 3])
  }
}
