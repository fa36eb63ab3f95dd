import ImageCoding
import ImageData

/// What one thread does: claim slots, read their images, render them into the batch.
///
/// Never used by two threads.
final class BatchWorker {
  private let run: EpochRun
  private let order: EpochOrder
  private let dataset: ImageDataset
  private let skipped: SkippedImages
  private let renderer: any SlotRenderer
  /// Whether another image takes the place of one that cannot be read.
  private let substitutes: Bool

  private let buffer = FileBuffer()
  private var shown: [EpochRun.Shown?] = []

  init(
    run: EpochRun, order: EpochOrder, dataset: ImageDataset, skipped: SkippedImages, renderer: any SlotRenderer,
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
        run.finish(claim, shown: shown)
      } catch {
        run.fail(error)
      }
      if untilNextJobIsReady, run.isNextJobReady { return }
    }
  }

  /// Renders the slot's image, or the one that takes its place; nil when the slot stays empty.
  private func fill(_ slot: Int, of job: EpochRun.Job) throws -> EpochRun.Shown? {
    var position = order.position(ofSlot: slot, inBatch: job.batch)
    while true {
      let image = order.image(at: position)
      if let shown = try render(image, copy: order.copy(at: position), slot: slot, of: job) { return shown }
      guard substitutes else { return nil }
      position = order.substitute(for: position)
    }
  }

  /// - Returns: What of the image is shown; nil when it could not be read.
  /// - Throws: `DatasetError` when that makes more than half of the data set unreadable.
  private func render(_ image: Int, copy: Int, slot: Int, of job: EpochRun.Job) throws -> EpochRun.Shown? {
    // Tried again even where it failed before: a crop may lie beside the damage, and what a batch shows must not depend
    // on the epochs that this process has seen.
    do {
      let frame = try renderer.render(image, copy: copy, of: dataset, buffer: buffer, slot: slot, blocks: job.blocks)
      return EpochRun.Shown(image: image, frame: frame)
    } catch let error as ImageError {
      skipped.record(index: image, name: dataset.name(of: image), reason: error.description)
    }
    let count = skipped.entryCount
    guard count * 2 <= dataset.count else { throw tooManyUnreadable(count) }
    return nil
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
