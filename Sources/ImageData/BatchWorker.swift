/// What one thread does: claim slots, read their images, render them into the batch.
///
/// Never used by two threads.
final class BatchWorker {
  private let run: EpochRun
  private let order: EpochOrder
  private let dataset: ImageDataset
  private let skipped: SkippedImages
  private let renderer: SampleRenderer
  /// Whether another image takes the place of one that cannot be read.
  private let substitutes: Bool

  private let buffer = FileBuffer()
  private var shown: [Int32] = []

  init(
    run: EpochRun, order: EpochOrder, dataset: ImageDataset, skipped: SkippedImages, renderer: SampleRenderer,
    substitutes: Bool
  ) {
    self.run = run
    self.order = order
    self.dataset = dataset
    self.skipped = skipped
    self.renderer = renderer
    self.substitutes = substitutes
  }

  /// Fills slots until the epoch is over; or, for the consumer's own thread, until it can take a batch.
  func work(untilNextJobIsReady: Bool = false) {
    while let claim = run.claim(mayWait: !untilNextJobIsReady) {
      do {
        shown.removeAll(keepingCapacity: true)
        for slot in claim.slots { shown.append(try fill(slot, of: claim.job)) }
        run.finish(claim, images: shown)
      } catch {
        run.fail(error)
      }
      if untilNextJobIsReady, run.isNextJobReady { return }
    }
  }

  /// Renders the slot's image, or the one that takes its place. Returns its index; -1 when the slot stays empty.
  private func fill(_ slot: Int, of job: EpochRun.Job) throws -> Int32 {
    var position = job.batch * order.batchSize + slot
    while true {
      let image = order.image(at: position)
      if try render(image, copy: order.copy(at: position), slot: slot, of: job) { return Int32(image) }
      guard substitutes else { return -1 }
      position = order.substitute(for: position)
    }
  }

  /// - Returns: Whether the image could be read.
  /// - Throws: `DatasetError` when that makes more than half of the data set unreadable.
  private func render(_ image: Int, copy: Int, slot: Int, of job: EpochRun.Job) throws -> Bool {
    // Tried again even where it failed before: a crop may lie beside the damage, and what a batch shows must not depend
    // on the epochs that this process has seen.
    do {
      try renderer.render(image, copy: copy, of: dataset, buffer: buffer, row: slot, blocks: job.blocks)
      return true
    } catch let error as ImageError {
      skipped.record(index: image, name: dataset.name(of: image), reason: error.description)
    }
    let count = skipped.entryCount
    guard count * 2 <= dataset.count else { throw tooManyUnreadable(count) }
    return false
  }

  private func tooManyUnreadable(_ count: Int) -> DatasetError {
    let examples = skipped.all.prefix(5).map { "\n  \($0)" }.joined()
    return DatasetError(
      """
      more than half of the data set cannot be read (\(count) of \(dataset.count) images so far), such as\(examples)
      `splitmask data scan` lists all of them
      """)
  }
}
