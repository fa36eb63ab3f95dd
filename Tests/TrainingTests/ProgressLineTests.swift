import SplitMaskCore
import Testing
import Training

@Suite struct ProgressLineTests {
  private var progress: TrainingProgress {
    TrainingProgress(
      step: 1200, totalSteps: 50_000,
      losses: [.init("loss", 8.9123), .init("loss_inpaint", 8.6), .init("loss_match", 0.3123)],
      imagesPerSecond: 412.4, dataWaitFraction: 0.034, secondsLeft: 4_321, skippedImages: 7)
  }

  @Test func aFileGetsEverything() {
    #expect(
      ProgressLine(progress).text()
        == " 1200/50000  2%  loss 8.912  inpaint 8.600  match 0.312  412 images/s  data 3%  ETA 1h 12m  7 skipped")
  }

  @Test func whatIsNotKnownIsLeftOut() {
    let early = TrainingProgress(
      step: 1, totalSteps: 9, losses: [.init("loss", .nan)], imagesPerSecond: 0, dataWaitFraction: 0,
      secondsLeft: nil, skippedImages: 0)
    #expect(ProgressLine(early).text() == "1/9  11%  loss nan")
  }

  @Test(arguments: [
    (200, " 1200/50000  2%  loss 8.912  inpaint 8.600  match 0.312  412 images/s  data 3%  ETA 1h 12m  7 skipped"),
    (100, " 1200/50000  2%  loss 8.912  inpaint 8.600  412 images/s  data 3%  ETA 1h 12m  7 skipped"),
    (80, " 1200/50000  2%  loss 8.912  412 images/s  data 3%  ETA 1h 12m  7 skipped"),
    (60, " 1200/50000  loss 8.912  412 images/s  ETA 1h 12m  7 skipped"),
    (50, " 1200/50000  loss 8.912  ETA 1h 12m  7 skipped"),
    (30, " 1200/50000  loss 8.912"),
    (11, " 1200/50000"), (5, " 1200"), (0, ""),
  ])
  func aTerminalGetsWhatFits(width: Int, line: String) {
    #expect(ProgressLine(progress).text(width: width) == line)
  }

  @Test func noLineIsWiderThanItsTerminal() {
    for width in 0...120 { #expect(ProgressLine(progress).text(width: width).count <= width) }
  }
}

@Suite struct ThroughputMeterTests {
  @Test func aSteadyPaceIsFoundAndTheFirstStepsAreLeftOut() {
    var meter = ThroughputMeter(window: 10, warmup: 2)
    #expect(meter.secondsLeft(steps: 5) == nil && meter.imagesPerSecond == 0 && meter.dataWaitFraction == 0)
    meter.record(images: 32, seconds: 200, waitSeconds: 90)
    #expect(meter.secondsLeft(steps: 5) == 1000, "the first step is all that is known")
    meter.record(images: 32, seconds: 100, waitSeconds: 90)
    #expect(meter.secondsLeft(steps: 5) == 500)
    for _ in 0..<30 { meter.record(images: 32, seconds: 0.5, waitSeconds: 0.125) }
    #expect(abs(meter.imagesPerSecond - 64) < 1e-9)
    #expect(abs(meter.dataWaitFraction - 0.25) < 1e-9)
    #expect(abs((meter.secondsLeft(steps: 8) ?? 0) - 4) < 1e-9)
  }

  @Test func anOldPaceIsForgotten() {
    var meter = ThroughputMeter(window: 10, warmup: 0)
    for _ in 0..<1000 { meter.record(images: 1, seconds: 1, waitSeconds: 0) }
    for _ in 0..<100 { meter.record(images: 1, seconds: 0.1, waitSeconds: 0) }
    #expect(abs(meter.imagesPerSecond - 10) < 0.01)
  }
}

@Suite struct HumanReadableTests {
  @Test(arguments: [
    (0, "0s"), (41.4, "41s"), (59.6, "1m 00s"), (200, "3m 20s"), (7_500, "2h 05m"), (356_400, "4d 03h"),
    (-1, "?"), (.infinity, "?"), (.nan, "?"), (1e300, "ages"),
  ])
  func durations(seconds: Double, text: String) { #expect(HumanReadable.duration(seconds) == text) }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (1_449, "1.4 kB"), (99_949, "99.9 kB"), (99_950, "100 kB"),
    (999_499, "999 kB"), (999_500, "1.0 MB"), (1_400_000_000, "1.4 GB"), (Int.max, "9223 PB"),
  ])
  func byteCounts(bytes: Int, text: String) { #expect(HumanReadable.byteCount(bytes) == text) }

  @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_281_167, "1,281,167"), (-12_345, "-12,345")])
  func counts(count: Int, text: String) { #expect(HumanReadable.count(count) == text) }
}

@Test func aPlanIsOneFactALine() {
  let plan = TrainingPlan(
    images: 50_000, batchSize: 64, accumulatedBatches: 4, epochs: 9.984, totalSteps: 1_950, warmupSteps: 195,
    peakLearningRate: 0.0001875, device: "cpu, float32", notes: ["negatives stay within a batch of 64"])
  #expect(
    plan.description == """
      images         50,000
      batch          64 × 4 accumulated = 256
      epochs         9.984
      steps          1,950, 195 of them warm-up
      learning rate  0.0001875
      device         cpu, float32
      note: negatives stay within a batch of 64
      """)
}
