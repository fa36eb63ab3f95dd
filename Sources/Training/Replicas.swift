import Foundation
import Synchronization
package import Torch

/// Threads of one process that train together, each with a replica of the network and its share of every batch.
///
/// An operator that shares out its work among threads ends when the last of them does, hundreds of times an update; beside
/// another busy program, all of them keep waiting for the one that has lost its core. Replicas wait for each other only
/// where they exchange losses and gradients.
package enum Replicas {
  /// The part of the machine's memory that replicas may hold weights and moments in.
  private static let memoryShare = 0.125
  /// Weights, gradients and both moments, in bytes a parameter.
  private static let bytesPerParameter = 16
  /// How many replicas suit a run: as many as there are threads, as far as batch and memory allow.
  ///
  /// - Parameters:
  ///   - batchSize: images of a batch; every replica gets equally many.
  ///   - smallestShare: images that a replica needs to be kept busy. A share of several images is even, so that images can
  ///     be mixed in pairs.
  ///   - parameterCount: of the network, about.
  ///   - processes: replicas are for a run in one process.
  package static func automaticCount(
    batchSize: Int, smallestShare: Int = 8, parameterCount: Int, device: Device, processes: ProcessGroup,
    threads: Int = Engine.threadCount, memory: UInt64 = ProcessInfo.processInfo.physicalMemory
  ) -> Int {
    guard device.kind == .cpu, processes.isAlone else { return 1 }
    let held = Double(parameterCount * bytesPerParameter)
    let unit = smallestShare > 1 ? 2 : 1
    return (1...max(1, threads)).last { count in
      count == 1
        || batchSize % (unit * count) == 0 && batchSize / count >= smallestShare
          && Double(count) * held <= memoryShare * Double(memory)
    }!
  }

  /// Runs `lead` on this thread as the first member, and `follow` on a thread of its own for each other one.
  ///
  /// The machine's threads are shared out among the members while they run.
  ///
  /// - Returns: what `lead` returns, once all have ended.
  /// - Throws: what `lead` throws; where another member failed first, what that one threw.
  package static func run<Result>(
    _ members: [ProcessGroup], lead: (ProcessGroup) throws -> Result,
    follow: @escaping @Sendable (ProcessGroup) throws -> Void
  ) throws -> Result {
    guard members.count > 1 else { return try lead(members[0]) }
    let threads = Engine.threadCount
    let share = max(1, threads / members.count)
    let followers = DispatchGroup()
    let failure = FirstFailure()
    for member in members.dropFirst() {
      Thread.start(named: "replica", in: followers) {
        Engine.threadCount = share
        failure.note(member) { try follow(member) }
      }
    }
    Engine.threadCount = share
    defer { Engine.threadCount = threads }
    let result = failure.note(members[0]) { try lead(members[0]) }
    followers.wait()
    if let error = failure.error { throw error }
    return result!
  }

  /// The error of the member that failed by itself; the others fail because it has left.
  private final class FirstFailure: Sendable {
    private let stored = Mutex<(any Error)?>(nil)

    var error: (any Error)? { stored.withLock { $0 } }

    func note<Result>(_ member: ProcessGroup, _ body: () throws -> Result) -> Result? {
      do {
        return try body()
      } catch {
        stored.withLock { if $0 == nil { $0 = error } }
        member.abandon()
        return nil
      }
    }
  }
}
