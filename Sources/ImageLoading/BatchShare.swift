/// Which part of every batch a loader makes, where several processes share out the batches of one run.
///
/// With C processes and batches of B images, process i makes images i · B / C and the B / C - 1 after it; of an incomplete
/// batch, those that there are. So together they make what a single one would make.
///
/// On several machines, shards are divided among them: in training, each machine's processes draw from a stretch of the
/// images of its own, so that a machine reads its part of the shards and can keep it in memory.
public struct BatchShare: Hashable, Sendable {
  /// Which process, from 0.
  public let index: Int
  /// How many there are.
  public let count: Int
  /// On how many machines they are; as many on each, one machine's after another's.
  public let machines: Int

  /// All of every batch.
  public static let whole = BatchShare(index: 0, count: 1)

  /// The part of one of several processes.
  ///
  /// - Parameters:
  ///   - index: this process's rank.
  ///   - count: processes.
  ///   - machines: on how many machines they are; where they cannot be equally many on each, shards are not divided.
  public init(index: Int, count: Int, machines: Int = 1) {
    precondition((0..<count).contains(index), "process \(index) of \(count)")
    self.index = index
    self.count = count
    self.machines = machines > 0 && count % machines == 0 ? machines : 1
  }
}
