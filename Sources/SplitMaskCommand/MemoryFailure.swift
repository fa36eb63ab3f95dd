import Foundation
import SplitMaskCore
import Synchronization
import Torch
import Training

/// Ends the program where a step needs more memory than there is.
enum MemoryFailure {
  /// The run at hand.
  private static let plan = Mutex<TrainingPlan?>(nil)

  /// Remembers what a run does, to say what would need less; nil when it is over.
  static func remember(_ run: TrainingPlan?) { plan.withLock { $0 = run } }

  /// Says what was asked for and what to do, and leaves the process at once: other threads are at work.
  @Sendable static func leave(after failure: OutOfMemory) -> Never {
    Terminal.complain("error: \(text(failure, in: plan.withLock { $0 }))")
    fflush(nil)
    _exit(failure.exitStatus.rawValue)
  }

  static func text(_ failure: OutOfMemory, in plan: TrainingPlan?) -> String {
    let amount = failure.bytes.map(HumanReadable.byteCount) ?? "memory"
    let refusal = "out of memory: \(failure.operation) asked for \(amount) more"
    guard let plan, plan.batchSize > 1 else {
      return refusal + ". A smaller --batch-size, --image-size or --model needs less"
    }
    let (batch, parts) = (plan.batchSize / 2, 2 * plan.accumulatedBatches)
    return """
      \(refusal), with batches of \(plan.batchSize) images. Try --batch-size \(batch) --accumulate \(parts), which makes updates \
      of as many images. What was saved is whole: --resume --allow-change goes on from the last checkpoint
      """
  }
}
