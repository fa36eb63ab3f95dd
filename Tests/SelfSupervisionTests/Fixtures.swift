import Foundation
import SelfSupervision
import Torch

/// Steele, Lea and Flood's SplitMix64: a generator for tests that does not depend on the program's own.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// The folder of golden files.
let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Goldens")

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
