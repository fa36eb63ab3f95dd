import Foundation
package import Torch

/// Threads of one process that run the same network, each on batches of its own.
///
/// An operator that shares out its work among threads ends when the last of them does, hundreds of times a batch; beside
/// another busy program, all of them keep waiting for the one that has lost its core. Threads with a batch each do not
/// wait for one another. They share the network, so that they must only read it: a forward pass without gradients.
package struct InferenceThreads: Sendable {
  /// How many there are; 1 is the caller's own.
  package let count: Int

  /// Memory that a thread's activations may take, in bytes.
  private static let memoryOfThread: UInt64 = 1 << 30
  /// Images that keep a thread busy.
  private static let smallestBatch = 8

  /// On a CPU as many as an operator would use, as far as there is memory for their activations; else one.
  package init(
    on device: Device, threads: Int = Engine.threadCount, memory: UInt64 = ProcessInfo.processInfo.physicalMemory
  ) {
    count = device.kind == .cpu ? max(1, min(threads, Int(memory / Self.memoryOfThread))) : 1
  }

  /// Images of a batch of one thread, so that all threads together have about `total` in work.
  package func batchSize(total: Int) -> Int { max(min(total, Self.smallestBatch), total / count) }

  /// Computes something of every input, of several at once, and hands it on in the inputs' order.
  ///
  /// - Parameters:
  ///   - next: the next input; nil at the end. Called on this thread, also after the end.
  ///   - compute: called on any of the threads.
  ///   - then: called on this thread.
  /// - Throws: what one of the three throws first, once all threads have ended.
  package func forEach<Input, Output>(
    _ next: () throws -> Input?, compute: @escaping (Input) throws -> Output, then: (Input, Output) throws -> Void
  ) throws {
    guard count > 1 else {
      while let input = try next() { try then(input, try compute(input)) }
      return
    }
    let threads = Engine.threadCount
    let share = max(1, threads / count)
    Engine.threadCount = share
    defer { Engine.threadCount = threads }
    let queue = WorkQueue(compute)
    let team = DispatchGroup()
    for _ in 0..<count {
      Thread.start(named: "inference", in: team) {
        Engine.threadCount = share
        queue.work()
      }
    }
    defer {
      queue.close()
      team.wait()
    }
    while true {
      while queue.unfinishedCount < 2 * count, let input = try next() { queue.add(input) }
      guard let (input, output) = try queue.take() else { return }
      try then(input, output)
    }
  }
}

/// Inputs on their way to the threads that compute, and results on their way back.
///
/// `@unchecked` because `condition` guards every stored variable, and `compute` is for any thread.
private final class WorkQueue<Input, Output>: @unchecked Sendable {
  private let compute: (Input) throws -> Output
  private let condition = NSCondition()
  private var waiting: [(number: Int, input: Input)] = []
  private var results: [Int: (Input, Output)] = [:]
  private var addedCount = 0
  private var takenCount = 0
  private var failure: (any Error)?
  private var isClosed = false

  init(_ compute: @escaping (Input) throws -> Output) { self.compute = compute }

  /// Inputs whose results were not taken yet.
  var unfinishedCount: Int { condition.withLock { addedCount - takenCount } }

  func add(_ input: Input) {
    condition.withLock {
      waiting.append((addedCount, input))
      addedCount += 1
      condition.signal()
    }
  }

  /// The next result in the inputs' order; waits for it. nil where there is no further input.
  ///
  /// - Throws: the first error of any thread.
  func take() throws -> (Input, Output)? {
    try condition.withLock {
      while true {
        if let failure { throw failure }
        guard takenCount < addedCount else { return nil }
        if let result = results.removeValue(forKey: takenCount) {
          takenCount += 1
          return result
        }
        condition.wait()
      }
    }
  }

  /// Lets the threads end once they are done with what they are at.
  func close() {
    condition.withLock {
      isClosed = true
      condition.broadcast()
    }
  }

  /// Computes until the end.
  func work() {
    while let (number, input) = claim() {
      let result = Result { try compute(input) }
      condition.withLock {
        switch result {
        case .success(let output): results[number] = (input, output)
        case .failure(let error): failure = failure ?? error
        }
        condition.broadcast()
      }
    }
  }

  private func claim() -> (number: Int, input: Input)? {
    condition.withLock {
      while !isClosed, failure == nil {
        if !waiting.isEmpty { return waiting.removeFirst() }
        condition.wait()
      }
      return nil
    }
  }
}
