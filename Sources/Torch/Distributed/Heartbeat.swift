import Foundation
import Synchronization

/// Shows the other processes that this one is alive, and finds out which of them are not.
///
/// Every process counts up a number in the store once a second, on a thread of its own, whatever its work is at. The first
/// one watches all numbers. Time is counted in its own beats, so that processes that were halted together are not missed
/// when they go on. What it finds, all others read.
final class Heartbeat: Sendable {
  /// Seconds between two beats.
  private static let interval = 1.0
  /// Beats that a process may leave out, and those where another one has lost its connection to it.
  private static let patience = 40
  private static let patienceInAlarm = 5
  /// Seconds that the thread which trains has to end by itself once somebody is lost.
  private static let respite = 10.0

  private struct State {
    var lost: [Int]?
    var isStoreGone = false
    var hasEnded = false
  }

  private let rank: Int
  private let size: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - store: for this alone.
  ///   - onLoss: called where the thread that trains does not notice a loss, since it waits for something else.
  init(rank: Int, size: Int, store: ProcessStore, onLoss: @escaping @Sendable ([Int]) -> Void) {
    self.rank = rank
    self.size = size
    let thread = Thread { [self] in
      do { try beat(store) } catch { state.withLock { $0.isStoreGone = true } }
      guard let lost = lost, !hasEnded else { return }
      Thread.sleep(forTimeInterval: Heartbeat.respite)
      if !hasEnded { onLoss(lost) }
    }
    thread.name = "heartbeat"
    thread.start()
  }

  /// Who is lost, as far as is known.
  var lost: [Int]? {
    state.withLock { $0.lost ?? ($0.isStoreGone ? [0] : nil) }
  }

  /// Waits for the verdict; asks for it to be quick.
  ///
  /// - Returns: nil where nobody is found to be lost.
  func verdict(_ store: ProcessStore) -> [Int]? {
    guard (try? store.add(1, to: "alarm")) != nil else { return [0] }
    for _ in 0..<(4 * Heartbeat.patienceInAlarm) {
      if let lost {
        linger(store, until: "seen", is: size - lost.count)
        return lost
      }
      Thread.sleep(forTimeInterval: Heartbeat.interval)
    }
    return lost
  }

  /// Falls silent, for the others to notice.
  func stop() { state.withLock { $0.hasEnded = true } }

  /// Says that this process needs nobody any more. Who keeps the store waits for the others to say so first.
  func end(_ store: ProcessStore) {
    guard !hasEnded else { return }
    stop()
    guard (try? store.add(1, to: "done/\(rank)")) != nil, (try? store.add(1, to: "ended")) != nil else { return }
    linger(store, until: "ended", is: size)
  }

  /// Keeps the store for the others, if it is kept here, until they need it no more.
  private func linger(_ store: ProcessStore, until key: String, is count: Int) {
    guard rank == 0 else { return }
    for _ in 0..<100 {
      guard let reached = try? store.number(of: key), reached < count else { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
  }

  private var hasEnded: Bool { state.withLock { $0.hasEnded } }

  private func beat(_ store: ProcessStore) throws {
    var counts = [Int](repeating: 0, count: size)
    var misses = counts
    while !hasEnded {
      try store.add(1, to: "beat/\(rank)")
      if rank == 0 { try watch(store, counts: &counts, misses: &misses) }
      if try store.number(of: "verdict") > 0 {
        let lost = try (0..<size).filter { try store.number(of: "lost/\($0)") > 0 }
        state.withLock { $0.lost = lost }
        try store.add(1, to: "seen")
        return
      }
      Thread.sleep(forTimeInterval: Heartbeat.interval)
    }
  }

  private func watch(_ store: ProcessStore, counts: inout [Int], misses: inout [Int]) throws {
    let patience = try store.number(of: "alarm") > 0 ? Heartbeat.patienceInAlarm : Heartbeat.patience
    for other in 1..<size {
      let count = try store.number(of: "beat/\(other)")
      misses[other] = count == counts[other] ? misses[other] + 1 : 0
      counts[other] = count
    }
    let lost = try (1..<size).filter { try misses[$0] >= patience && store.number(of: "done/\($0)") == 0 }
    guard !lost.isEmpty else { return }
    for other in lost { try store.add(1, to: "lost/\(other)") }
    try store.add(1, to: "verdict")
  }
}
