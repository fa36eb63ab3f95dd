/// The batches of one epoch, in order.
///
/// For one consumer at a time. Letting go of it ends the workers that make its batches.
public final class BatchIterator {
  private let loader: DataLoader
  private let run: EpochRun
  /// Decodes on the consumer's thread when the loader has no workers.
  private let inlineWorker: BatchWorker?

  init(loader: DataLoader, run: EpochRun, inlineWorker: BatchWorker?) {
    self.loader = loader
    self.run = run
    self.inlineWorker = inlineWorker
  }

  deinit {
    run.cancel()
  }

  /// The next batch, or nil at the epoch's end. Waits while the workers are behind.
  ///
  /// - Throws: `DatasetError` with examples once more than half of the data set has turned out unreadable.
  public func next() throws -> HostBatch? {
    let clock = ContinuousClock()
    let start = clock.now
    defer { loader.noteWait((clock.now - start) / .seconds(1)) }
    while true {
      if let inlineWorker, !run.isNextJobReady { inlineWorker.work(untilNextJobIsReady: true) }
      guard let job = try run.takeJob() else { return nil }
      if let batch = loader.batch(from: job) { return batch }
    }
  }
}
