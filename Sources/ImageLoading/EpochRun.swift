import Foundation

/// The state that the workers of one epoch share with the one who takes its batches.
///
/// Workers claim a few slots at a time, so that a batch is spread over all of them and one slow image holds up none.
///
/// `@unchecked` because `condition` guards every stored variable.
final class EpochRun: @unchecked Sendable {
  /// What a slot of a batch shows.
  struct Shown {
    /// The image's index.
    let image: Int
    /// What of it, where images have sizes of their own.
    let frame: Frame?
  }

  /// A batch that is being filled.
  final class Job {
    let batch: Int
    /// One block a view.
    let blocks: [UnsafeMutableRawBufferPointer]
    /// What each slot shows; nil where there is nothing.
    var slots: [Shown?]
    var claimed = 0
    var unfinished: Int

    init(batch: Int, size: Int, blocks: [UnsafeMutableRawBufferPointer]) {
      self.batch = batch
      self.blocks = blocks
      slots = [Shown?](repeating: nil, count: size)
      unfinished = size
    }
  }

  /// Slots of a job that one worker fills.
  struct Claim {
    let job: Job
    let slots: Range<Int>
  }

  private let order: EpochOrder
  private let pools: [BufferPool]
  private let prefetch: Int
  private let claimSize: Int
  private let condition = NSCondition()
  /// Opened and not yet taken, in order.
  private var jobs: [Job] = []
  private var nextBatch: Int
  private var failure: (any Error)?
  private var isCancelled = false

  init(order: EpochOrder, startingAt batch: Int, pools: [BufferPool], prefetch: Int, workers: Int) {
    self.order = order
    self.pools = pools
    self.prefetch = max(prefetch, 1)
    // Small enough to share a batch out evenly, large enough that the lock is not what small images wait for.
    claimSize = min(max(order.batchSize / order.share.count / max(4 * workers, 1), 1), 16)
    nextBatch = max(batch, 0)
  }

  deinit {
    for job in jobs { giveBack(job) }
  }

  /// The next slots to fill; waits while there is no room for another batch.
  ///
  /// - Parameter mayWait: false gives nil instead of waiting.
  /// - Returns: nil when there is nothing left to do.
  func claim(mayWait: Bool = true) -> Claim? {
    condition.lock()
    defer { condition.unlock() }
    while !isCancelled, failure == nil {
      if let job = jobs.last, job.claimed < job.slots.count {
        let slots = job.claimed..<min(job.claimed + claimSize, job.slots.count)
        job.claimed = slots.upperBound
        return Claim(job: job, slots: slots)
      }
      guard nextBatch < order.batchCount else { return nil }
      if jobs.count < prefetch {
        let blocks = pools.map { $0.take() }
        jobs.append(Job(batch: nextBatch, size: order.size(ofBatch: nextBatch), blocks: blocks))
        nextBatch += 1
        // Of an incomplete last batch there may be nothing to make here, and so nobody to tell that it is made.
        if jobs.last!.unfinished == 0 { condition.broadcast() }
      } else {
        guard mayWait else { return nil }
        condition.wait()
      }
    }
    return nil
  }

  /// Hands in what a claim's slots show; nil for an empty slot.
  func finish(_ claim: Claim, shown: [Shown?]) {
    condition.lock()
    defer { condition.unlock() }
    claim.job.slots.replaceSubrange(claim.slots, with: shown)
    claim.job.unfinished -= claim.slots.count
    if claim.job.unfinished == 0 { condition.broadcast() }
  }

  /// Ends the epoch with an error, the first one given.
  func fail(_ error: any Error) {
    condition.lock()
    defer { condition.unlock() }
    if failure == nil { failure = error }
    condition.broadcast()
  }

  /// Makes the workers stop after the image at hand.
  func cancel() {
    condition.lock()
    defer { condition.unlock() }
    isCancelled = true
    condition.broadcast()
  }

  /// The next batch in order; waits until it is full. nil at the epoch's end.
  func takeJob() throws -> Job? {
    condition.lock()
    defer { condition.unlock() }
    while true {
      if let failure { throw failure }
      if let job = jobs.first {
        if job.unfinished == 0 {
          jobs.removeFirst()
          condition.broadcast()
          return job
        }
      } else if nextBatch >= order.batchCount || isCancelled {
        return nil
      }
      condition.wait()
    }
  }

  /// Whether the next batch is full, so that taking it would not wait.
  var isNextJobReady: Bool {
    condition.lock()
    defer { condition.unlock() }
    return failure != nil || jobs.first.map { $0.unfinished == 0 } ?? (nextBatch >= order.batchCount)
  }

  /// Gives back the memory of a batch that nobody gets.
  func giveBack(_ job: Job) {
    for (pool, block) in zip(pools, job.blocks) { pool.giveBack(block) }
  }
}
