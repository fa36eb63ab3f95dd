import Foundation
import ImageData
import ImageLoading
import ImageTransforms
import SelfSupervision
import ShapesData
@_exported import TestSupport
import Torch

/// A golden's tensors behind a prefix, without it.
func behind(_ prefix: String, _ golden: [String: Tensor]) -> [String: Tensor] {
  Dictionary(
    uniqueKeysWithValues: golden.filter { $0.key.hasPrefix(prefix) }.map {
      (String($0.key.dropFirst(prefix.count)), $0.value)
    })
}

/// The largest difference of two tensors' values, over the largest value of the second.
func relativeDifference(_ left: Tensor, _ right: Tensor) -> Double {
  guard left.shape == right.shape else { return .infinity }
  return noGrad { (left - right).absolute().maximum([]).item() / max(1e-12, right.absolute().maximum([]).item()) }
}

/// A batch of small pictures of `height` × `width` pixels.
func shapesBatch(_ count: Int, height: Int = 16, width: Int = 16) throws -> HostBatch {
  let url = FileManager.default.temporaryDirectory.appendingPathComponent("shapes-\(UUID().uuidString)")
  defer { try? FileManager.default.removeItem(at: url) }
  var config = ShapesDataset.Config()
  (config.images, config.width, config.height, config.validationShare) = (count, 32, 32, 0)
  try ShapesDataset(config: config).write(to: url, workers: 1)
  let loader = try DataLoader(
    dataset: try ImageDataset(paths: [url.appendingPathComponent("train").path]), batchSize: count,
    views: ViewConfiguration(encoder: .init(height: height, width: width)),
    transform: .training(Augmentation.Config()), workers: 0)
  return try loader.batches(epoch: 0).next()!
}

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
