public import ImageLoading
public import Torch
import Training
public import VisionModels

/// The tokenizer's view of the images of a loader; a pass is an epoch.
public struct LoaderPatchSource: PatchSource {
  private let loader: DataLoader
  private let patchifier: Patchifier

  /// - Parameters:
  ///   - loader: its last view is the tokenizer's.
  ///   - patchifier: cuts that view.
  public init(_ loader: DataLoader, patchifier: Patchifier) {
    self.loader = loader
    self.patchifier = patchifier
  }

  /// Images of an epoch.
  public var imageCount: Int { loader.dataset.count }

  /// Hands over the batches of an epoch until `body` returns false.
  public func forEachBatch(pass: Int, _ body: (Tensor) throws -> Bool) throws {
    let batches = loader.batches(epoch: pass)
    while let batch = try batches.next() {
      let view = batch.views.last!
      guard try body(patchifier.patches(view.tensor(on: .cpu)).reshaped([view.batchCount, patchifier.grid.count, -1]))
      else { return }
    }
  }
}
