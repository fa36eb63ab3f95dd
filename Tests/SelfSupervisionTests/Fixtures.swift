import SelfSupervision
@_exported import TestSupport
import Torch

/// Batches of patches in memory; every pass shows the same ones.
struct FixedPatches: PatchSource {
  /// Batches `[B, n, 3 · p · p]` of bytes.
  var batches: [Tensor]

  var imageCount: Int { batches.reduce(0) { $0 + $1.shape[0] } }

  func forEachBatch(pass: Int, _ body: (Tensor) throws -> Bool) throws {
    for batch in batches {
      guard try body(batch) else { return }
    }
  }
}
