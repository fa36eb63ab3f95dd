import Torch
import VisionModels

/// Patches kept for clustering as they come from the loader: as bytes, a quarter of the memory of normalised pixels.
struct PatchSample {
  /// `[R, C · p · p]`, as the loader has them.
  let bytes: Tensor
  private let pixels: Patchifier
  private let specification: PatchTokenizer.Specification

  /// Reads up to the configured number of patches.
  ///
  /// A data set with fewer than four patches a word is read several times, for other crops.
  init(
    _ specification: PatchTokenizer.Specification, from source: some PatchSource, device: Device,
    progress: (PatchTokenizer.Progress) throws -> Void
  ) throws {
    let config = specification.config
    pixels = specification.pixels(on: device)
    self.specification = specification
    var kept: Tensor?
    var count = 0
    for pass in 0..<maximumPasses {
      try source.forEachBatch(pass: pass) { batch in
        let sizes = batch.shape
        let onePass = source.imageCount * sizes[1]
        let memory =
          kept
          ?? Tensor.empty(
            [min(config.samples, max(onePass, 4 * config.vocabulary)), sizes[2]], dtype: batch.dtype,
            device: device)
        kept = memory
        let capacity = memory.shape[0]
        let added = min(sizes[0] * sizes[1], capacity - count)
        let rows = batch.reshaped([-1, sizes[2]]).narrowed(0, start: 0, count: added)
        memory.narrowed(0, start: count, count: added).copyInPlace(rows)
        count += added
        try progress(.reading(patches: count, of: capacity))
        return count < capacity
      }
      if count >= 4 * config.vocabulary || count == kept?.shape[0] { break }
    }
    guard let kept, count >= config.vocabulary else { throw specification.tooFewPatches(count) }
    bytes = kept.narrowed(0, start: 0, count: count)
  }

  /// Patches.
  var count: Int { bytes.shape[0] }

  /// Normalised pixels of some patches, without their channels' means where patches are centred: `[r, d]`.
  func values(_ rows: Range<Int>) -> Tensor {
    prepared(bytes.narrowed(0, start: rows.lowerBound, count: rows.count))
  }

  /// Normalised pixels of patches by number.
  func values(at rows: [Int]) -> Tensor {
    prepared(bytes.indexSelect(0, Tensor(rows).to(bytes.device)))
  }

  private func prepared(_ bytes: Tensor) -> Tensor {
    specification.centered(pixels.normalized(bytes))
  }
}
