import Foundation
package import Torch

/// Runs a body as each of several processes, which are threads here, connected through the loopback device.
///
/// - Returns: what each made, in their order.
/// - Throws: the first error of any.
package func together<Result>(
  _ size: Int, by transport: Transport = .gloo, _ body: @escaping @Sendable (ProcessGroup) throws -> sending Result
) throws -> [Result] {
  let box = Results<Result>(size)
  let port = Rendezvous.freePort()!
  let threads = transport == .memory ? ProcessGroup.threads(size) : []
  let group = DispatchGroup()
  for rank in 0..<size {
    group.enter()
    let thread = Thread {
      let result = Swift.Result {
        if transport == .memory { return try body(threads[rank]) }
        var meeting = Rendezvous(
          rank: rank, size: size, localRank: rank, localSize: size, host: "127.0.0.1", port: port)
        meeting.joinSeconds = 30
        return try body(try ProcessGroup(meeting))
      }
      box.lock.withLock { box.all[rank] = result }
      group.leave()
    }
    thread.stackSize = 16 << 20
    thread.start()
  }
  group.wait()
  return try box.all.map { try $0!.get() }
}

/// What members of a group exchange by.
package enum Transport: String, CaseIterable, Sendable {
  /// Each stands for a process.
  case gloo
  /// They are threads of one process.
  case memory
}

/// What threads made. `@unchecked` because `lock` guards it while they run.
private final class Results<Result>: @unchecked Sendable {
  var all: [Swift.Result<Result, any Error>?]
  let lock = NSLock()
  init(_ count: Int) { all = .init(repeating: nil, count: count) }
}
