/// Which part of every batch a loader makes, where several processes share out the batches of one run.
///
/// With C processes and batches of B images, process i makes images i · B / C and the B / C - 1 after it; of an incomplete
/// batch, those that there are. So together they make what a single one would make.
public struct BatchShare: Hashable, Sendable {
  /// Which process, from 0.
  public let index: Int
  /// How many there are.
  public let count: Int

  /// All of every batch.
  public static let whole = BatchShare(index: 0, count: 1)

  /// The part of one of several processes.
  public init(index: Int, count: Int) {
    precondition((0..<count).contains(index), "process \(index) of \(count)")
    self.index = index
    self.count = count
  }
}
