import DurableFiles
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct LockFileTests {
  @Test func oneHolderAtATime() throws {
    let folder = try TemporaryFolder()
    let lock = try #require(try LockFile(folder.file(".lock")))
    // Twice: who was refused leaves the lock as it is.
    #expect(throws: LockFile.Held.self) { try LockFile(folder.file(".lock")) }
    let held = #expect(throws: LockFile.Held.self) { try LockFile(folder.file(".lock")) }
    #expect(held?.processID == Int(ProcessInfo.processInfo.processIdentifier))
    #expect(held?.path == folder.file(".lock").path)
    lock.release()
    #expect(try folder.names.isEmpty)
    let second = try #require(try LockFile(folder.file(".lock")))
    // Letting go twice does not take the lock from who holds it now.
    lock.release()
    #expect(throws: LockFile.Held.self) { try LockFile(folder.file(".lock")) }
    second.release()
  }

  @Test func whoAsksIsToldAndLeavesNoTrace() throws {
    let folder = try TemporaryFolder()
    let url = folder.file(".lock")
    #expect(!LockFile.isHeld(url))
    #expect(try folder.names.isEmpty)
    let lock = try #require(try LockFile(url))
    #expect(LockFile.isHeld(url) && LockFile.isHeld(url))
    lock.release()
    try Data("999999999999\n".utf8).write(to: url)
    #expect(!LockFile.isHeld(url))
    #expect(try folder.names == [".lock"])
  }

  /// Who asks holds the lock for a moment, in which another may want to take it.
  @Test func askingAllTheTimeKeepsNobodyOut() throws {
    let folder = try TemporaryFolder()
    let url = folder.file(".lock")
    let isDone = Mutex(false)
    let asking = DispatchGroup()
    DispatchQueue.global().async(group: asking) {
      while !isDone.withLock({ $0 }) {
        _ = LockFile.isHeld(url)
        usleep(20)
      }
    }
    defer {
      isDone.withLock { $0 = true }
      asking.wait()
    }
    for _ in 0..<500 { try #require(try LockFile(url)).release() }
  }

  @Test func aFileThatADeadProcessLeftIsNoObstacle() throws {
    let folder = try TemporaryFolder()
    try Data("999999999999\n".utf8).write(to: folder.file(".lock"))
    let lock = try #require(try LockFile(folder.file(".lock")))
    #expect(try String(contentsOf: folder.file(".lock"), encoding: .utf8) == "\(getpid())\n")
    lock.release()
  }

  @Test func aFolderThatIsMissingIsNamed() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FileError.self) { try LockFile(folder.file("absent/.lock")) }
    #expect(error?.path == folder.file("absent/.lock").path && error?.code == ENOENT)
  }
}
