public import Torch

/// Patches of training images, from which a vocabulary is made or judged.
public protocol PatchSource {
  /// Images of one pass.
  var imageCount: Int { get }

  /// Hands over the batches of a pass, in the pass's own order, until `body` returns false.
  ///
  /// - Parameters:
  ///   - pass: from 0 on; another pass may show other crops of the same images.
  ///   - body: gets all patches of some images as the loader has them, `[B, n, C · p · p]`: channel, row, column.
  func forEachBatch(pass: Int, _ body: (Tensor) throws -> Bool) throws
}
