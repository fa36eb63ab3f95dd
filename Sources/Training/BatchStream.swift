package import ImageLoading

/// The batches of a run, epoch after epoch, from any update on.
package struct BatchStream {
  private let loader: DataLoader
  private let batchesPerEpoch: Int
  private var epoch: Int
  private var batch: Int
  private var iterator: BatchIterator?

  /// - Parameter step: the update whose batches come first.
  package init(loader: DataLoader, schedule: TrainingSchedule, startingAt step: Int) {
    self.loader = loader
    batchesPerEpoch = schedule.stepsPerEpoch * schedule.accumulate
    epoch = step / schedule.stepsPerEpoch
    batch = step % schedule.stepsPerEpoch * schedule.accumulate
  }

  /// The next batch and the epoch it belongs to.
  package mutating func next() throws -> (HostBatch, epoch: Int) {
    if batch == batchesPerEpoch {
      epoch += 1
      batch = 0
      iterator = nil
    }
    let current = iterator ?? loader.batches(epoch: epoch, startingAt: batch)
    iterator = current
    batch += 1
    guard let next = try current.next() else { preconditionFailure("the loader ended before its epoch did") }
    return (next, epoch)
  }
}
