import SplitMaskCore
public import Torch

extension PatchTokenizer {
  /// How evenly words, int64 of any shape, use the vocabulary. Waits for the device.
  public func statistics(_ words: Tensor) -> TokenStatistics {
    TokenStatistics(counts: words.reshaped([-1]).bincount(vocabulary).array())
  }

  /// Counts the words of training patches; a random projection and DALL-E's encoder learn what their words look like on the
  /// way.
  ///
  /// - Parameters:
  ///   - source: training patches.
  ///   - patchLimit: stops after the batch with which at least as many patches are seen; nil is 200,000, or a tenth of
  ///     it for DALL-E's words on a CPU, where they take seconds an image.
  ///   - progress: called after each batch with the patches seen and those that are enough; what it throws ends the
  ///     survey.
  /// - Throws: what the source or `progress` throws.
  public func survey(
    _ source: some PatchSource, patchLimit: Int? = nil, progress: (Int, Int) throws -> Void = { _, _ in }
  ) throws -> TokenStatistics {
    try noGrad {
      let device = lookup.device
      let kind = specification.config.kind
      let patchLimit = patchLimit ?? (kind == .dalle && device.kind == .cpu ? 20_000 : 200_000)
      let sums = prototypes.zerosLike()
      let counts = Tensor.zeros([vocabulary], dtype: .int64, device: device)
      var seen = 0
      try source.forEachBatch(pass: 0) { bytes in
        let patches = pixels.normalized(bytes.to(device)).reshaped([-1, specification.dimension])
        let own = words(patches)
        sums.indexAddInPlace(0, own, patches)
        counts.addInPlace(own.bincount(vocabulary))
        seen += patches.shape[0]
        WorkProgress.report(
          "counting visual words", done: seen, total: min(patchLimit, source.imageCount * bytes.shape[1]))
        try progress(seen, patchLimit)
        return seen < patchLimit
      }
      if kind == .randomProjection || kind == .dalle, seen > 0 { learnPrototypes(sums: sums, counts: counts) }
      return TokenStatistics(counts: counts.array())
    }
  }

  /// Sets every prototype to its word's mean patch, or to the mean of all patches where the word was never seen.
  private func learnPrototypes(sums: Tensor, counts: Tensor) {
    let seen = counts.to(.float32).unsqueezed(1)
    let mean = sums.sum([0], keepingDimensions: true) / seen.sum([0], keepingDimensions: true)
    let unseen = counts.isEqual(to: counts.zerosLike()).unsqueezed(1)
    prototypes = (sums / seen.clamped(1)).replacing(with: mean, where: unseen)
  }
}
