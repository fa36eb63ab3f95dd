import Foundation
import Synchronization
import Testing
import Torch

@Suite struct EngineTests {
  /// What another thread says just after must not reach it: the number of threads decides how sums are split, and so their bits.
  @Test func aThreadKeepsItsCount() {
    let (said, other) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let found = Mutex(0)
    let ended = DispatchSemaphore(value: 0)
    Thread {
      Engine.threadCount = 3
      said.signal()
      other.wait()
      found.withLock { $0 = Engine.threadCount }
      ended.signal()
    }.start()
    said.wait()
    let before = Engine.threadCount
    Engine.threadCount = 2
    other.signal()
    ended.wait()
    Engine.threadCount = before
    #expect(found.withLock { $0 } == 3)
  }
}
