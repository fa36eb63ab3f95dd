import Foundation
import TestSupport
import Testing
import Torch
import Training

@Suite struct TrainerTests {
  /// The logged values of a name, one a step.
  private func logged(_ name: String, _ train: (@escaping (TrainingEvent) -> Void) throws -> Void) rethrows -> [Double]
  {
    var result: [Double] = []
    try train { event in
      guard case .logged(let metrics) = event else { return }
      result.append(metrics.values.first { $0.name == name }?.value ?? .nan)
    }
    return result
  }

  @Test func updatesThatAreNotFiniteAreLeftOutAndCounted() throws {
    let runs = try StubRuns()
    let task = StubTask(failingAt: [1, 2, 5])
    let skipped = try logged("skipped_updates") { try runs.train(task, steps: 8, observer: $0) }
    #expect(skipped == [0, 1, 2, 2, 2, 3, 3, 3])
    let weights: [Float] = task.network.weight.value.array()
    #expect(weights.allSatisfy { $0.isFinite && $0 < 0.5 })
  }

  @Test func anInfiniteLossIsLeftOutThoughItsGradientsAreFinite() throws {
    let runs = try StubRuns()
    let task = StubTask(infiniteAt: 0..<4)
    let skipped = try logged("skipped_updates") { try runs.train(task, steps: 4, observer: $0) }
    #expect(skipped == [1, 2, 3, 4])
    #expect(task.network.weight.value.array() == [Float](repeating: 0.5, count: 12))
  }

  @Test func countOfSkippedUpdatesSurvivesAResume() throws {
    let runs = try StubRuns()
    try runs.train(StubTask(failingAt: [1, 3]), steps: 8, stoppingAfter: 4)
    let skipped = try logged("skipped_updates") { observer in
      try runs.train(StubTask(failingAt: [6]), steps: 8, resuming: true, observer: observer)
    }
    #expect(skipped == [2, 2, 3, 3])
  }

  /// The losses that are shown with each step.
  private func shown(_ task: StubTask, steps: Int) throws -> [Double?] {
    var result: [Double?] = []
    try StubRuns().train(task, steps: steps, logEvery: 10) { event in
      if case .progressed(let progress) = event { result.append(progress.losses.first?.value) }
    }
    return result
  }

  @Test func slowStepsAreShownWithTheirLoss() throws {
    let slow = try shown(StubTask(seconds: 1.05), steps: 2)
    #expect(slow.count == 2 && slow.allSatisfy { ($0 ?? 0) > 0 } && slow[0] != slow[1], "\(slow)")
    let fast = try shown(StubTask(), steps: 3)
    #expect(fast[0] == nil && fast[1] == nil && fast[2] != nil, "reading a loss waits for the device: \(fast)")
  }

  @Test func aSkippedUpdateChangesNothing() throws {
    let runs = try StubRuns()
    let task = StubTask(failingAt: 0..<9)
    try runs.train(task, steps: 9)
    #expect(task.network.weight.value.array() == [Float](repeating: 0.5, count: 12))
  }

  @Test func tenInARowStopTheRun() throws {
    let runs = try StubRuns()
    let error = #expect(throws: TrainingError.self) { try runs.train(StubTask(failingAt: 10..<40), steps: 40) }
    // The checkpoint of a step whose weights are good, since nothing changed them after it.
    let checkpoint = RunFolder(at: runs.scratch.file("run")).checkpoint(18).path
    #expect(error == .diverged(step: 20, checkpoint: checkpoint))
    #expect(error?.description.contains("--learning-rate") == true)
    #expect(FileManager.default.fileExists(atPath: checkpoint))
  }

  @Test func nineInARowDoNot() throws {
    let runs = try StubRuns()
    try runs.train(StubTask(failingAt: 10..<19), steps: 30)
  }

  @Test(arguments: [(3, 0..<3, 3), (14, 0..<10, 10), (14, 0..<9, nil), (14, 1..<14, nil)] as [(Int, Range<Int>, Int?)])
  func aRunThatLearnsNothingSaysSo(steps: Int, idle: Range<Int>, told: Int?) throws {
    var warnings: [String] = []
    try StubRuns().train(StubTask(idleAt: idle), steps: steps) {
      if case .warned(let text) = $0 { warnings.append(text) }
    }
    #expect(warnings.count == (told == nil ? 0 : 1))
    if let told { #expect(warnings[0].contains("the gradients of the first \(told) updates were exactly 0")) }
  }

  @Test(arguments: [(0, 1), (0, 2), (2, 1), (2, 2)])
  func resumedRunEndsInTheSameBytes(workers: Int, accumulate: Int) throws {
    let runs = try StubRuns()
    let whole = try runs.train(StubTask(), name: "whole", steps: 8, accumulate: accumulate)
    let part = try runs.train(StubTask(), name: "part", steps: 8, accumulate: accumulate, stoppingAfter: 4)
    #expect(try part.checkpointSteps() == [2, 4] && !FileManager.default.fileExists(atPath: part.encoder.path))
    let resumed = try runs.train(
      StubTask(), name: "part", steps: 8, resuming: true, workers: workers, accumulate: accumulate)
    #expect(try haveSameBytes(whole.encoder, resumed.encoder))
    let lines = try String(contentsOf: resumed.metrics, encoding: .utf8).split(separator: "\n").count
    #expect(lines == 8)
  }
}
