import Foundation

extension Thread {
  /// Runs `body` on a thread of its own, with room for libtorch's recursions, until whose end the group waits.
  static func start(named name: String, in group: DispatchGroup, _ body: @escaping @Sendable () -> Void) {
    group.enter()
    let thread = Thread {
      body()
      group.leave()
    }
    thread.name = name
    thread.stackSize = 16 << 20
    thread.start()
  }
}
