import Speed
import Testing

private func update(_ batch: Int, _ rate: Double, wait: Double = 0) -> UpdateSpeed {
  UpdateSpeed(
    batchSize: batch, updateCount: 3, imagesPerSecond: rate, dataWait: wait, peakMemory: 1, modelFLOPsUtilization: 0.5,
    runSeconds: Double(batch))
}

private func loaders(_ rates: KeyValuePairs<Int, Double>) -> [LoaderSpeed] {
  rates.map { LoaderSpeed(workers: $0.key, imagesPerSecond: $0.value) }
}

@Suite struct SpeedAdviceTests {
  @Test func theSmallestBatchNearTheBestIsTaken() {
    let advice = SpeedAdvice(
      updates: [update(32, 90), update(64, 98), update(128, 100)], loading: loaders([1: 1000]))
    #expect(advice.batchSize == 64 && advice.runSeconds == 64)
    #expect(advice.options == "--batch-size 64 --workers 1")
  }

  @Test func fewestWorkersWithAReserveAreTaken() {
    let updates = [update(32, 100)]
    let advice = SpeedAdvice(updates: updates, loading: loaders([1: 70, 2: 119, 4: 121, 8: 300]))
    #expect(advice.workers == 4 && !advice.isLoaderTheLimit)
  }

  @Test func aNetworkThatWaitedTakesMoreThanWasMeasured() {
    let advice = SpeedAdvice(
      updates: [update(32, 100, wait: 0.5)], loading: loaders([1: 100, 2: 190, 4: 250]))
    #expect(advice.workers == 4 && !advice.isLoaderTheLimit)
  }

  @Test func aLoaderThatIsTheLimitIsSaidToBe() {
    let advice = SpeedAdvice(updates: [update(32, 1000)], loading: loaders([1: 300, 2: 590, 4: 600]))
    #expect(advice.workers == 2 && advice.isLoaderTheLimit, "more than two gain nothing")
  }
}
