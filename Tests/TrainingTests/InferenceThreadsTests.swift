import Foundation
import SplitMaskCore
import Synchronization
import Testing
import Torch
import Training

@Suite struct InferenceThreadsTests {
  private struct Failure: Error, Equatable {}

  private func threads(_ count: Int) -> InferenceThreads {
    InferenceThreads(on: .cpu, threads: count, memory: 64 << 30)
  }

  @Test func asManyAsOperatorsWouldUseAsFarAsMemoryAllows() {
    #expect(threads(8).count == 8)
    #expect(InferenceThreads(on: .cpu, threads: 8, memory: 5 << 29).count == 2)
    #expect(InferenceThreads(on: .cpu, threads: 8, memory: 1 << 20).count == 1)
    #expect(InferenceThreads(on: .cuda, threads: 8).count == 1)
  }

  @Test func aBatchIsSharedOutButNotTooFinely() {
    #expect(threads(2).batchSize(total: 64) == 32)
    #expect(threads(64).batchSize(total: 64) == 8)
    #expect(threads(2).batchSize(total: 3) == 3)
  }

  @Test(arguments: [1, 3]) func resultsComeInTheInputsOrderOnTheCallersThread(count: Int) throws {
    let before = Engine.threadCount
    let caller = Thread.current
    let told = Mutex<[Int]>([])
    var inputs = (0..<40).makeIterator()
    var results: [Int] = []
    try WorkProgress.observed(by: { progress in told.withLock { $0.append(progress.done) } }) {
      try threads(count).forEach {
        #expect(Thread.current == caller)
        return inputs.next()
      } compute: { input in
        // The earlier of two takes longer.
        usleep(input % 2 == 0 ? 2000 : 100)
        return input * input
      } then: { input, output in
        #expect(Thread.current == caller && output == input * input)
        results.append(input)
        WorkProgress.report("counting", done: results.count)
      }
    }
    #expect(results == Array(0..<40))
    #expect(told.withLock { $0 } == Array(1...40))
    #expect(Engine.threadCount == before)
  }

  /// Two that wait for each other end only where both run.
  @Test func severalAreAtWorkAtOnce() throws {
    let arrived = [DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)]
    var inputs = [0, 1].makeIterator()
    try threads(2).forEach {
      inputs.next()
    } compute: { input in
      arrived[input].signal()
      return arrived[1 - input].wait(timeout: .now() + 20) == .success
    } then: { _, met in
      #expect(met)
    }
  }

  @Test(arguments: [1, 4]) func anErrorOfOneThreadEndsAll(count: Int) {
    let begun = Mutex(0)
    let ended = Mutex(0)
    var inputs = (0..<1000).makeIterator()
    #expect(throws: Failure()) {
      try threads(count).forEach {
        inputs.next()
      } compute: { input in
        begun.withLock { $0 += 1 }
        defer { ended.withLock { $0 += 1 } }
        if input == 5 { throw Failure() }
        usleep(200)
      } then: { _, _ in
      }
    }
    let all = begun.withLock { $0 }
    #expect(all < 100 && ended.withLock { $0 } == all, "nobody works on after the end")
  }

  @Test func anErrorOfTheCallerEndsAll() {
    var inputs = (0..<1000).makeIterator()
    #expect(throws: Failure()) {
      try threads(4).forEach {
        inputs.next()
      } compute: {
        $0
      } then: { input, _ in
        if input == 7 { throw Failure() }
      }
    }
    #expect((inputs.next() ?? 0) < 100)
  }
}
