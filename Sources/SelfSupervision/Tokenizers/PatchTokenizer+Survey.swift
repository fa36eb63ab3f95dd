public import Torch

extension PatchTokenizer {
  /// How evenly words, int64 of any shape, use the vocabulary. Waits for the device.
  public func statistics(_ words: Tensor) -> TokenStatistics {
    TokenStatistics(counts: words.reshaped([-1]).bincount(vocabulary).array())
  }

  /// Counts the words of training patches; a random projection learns what its words look like on the way.
  ///
  /// - Parameter patchLimit: stops after the batch with which at least as many patches are seen.
  /// - Throws: what the source throws.
  public func survey(_ source: some PatchSource, patchLimit: Int = 200_000) throws -> TokenStatistics {
    try noGrad {
      let device = codebook.device
      let sums = codebook.zerosLike()
      let counts = Tensor.zeros([vocabulary], dtype: .int64, device: device)
      var seen = 0
      try source.forEachBatch(pass: 0) { bytes in
        let patches = pixels.normalized(bytes.to(device)).reshaped([-1, specification.dimension])
        let own = words(patches)
        sums.indexAddInPlace(0, own, patches)
        counts.addInPlace(own.bincount(vocabulary))
        seen += patches.shape[0]
        return seen < patchLimit
      }
      if specification.config.kind == .randomProjection, seen > 0 { learnPrototypes(sums: sums, counts: counts) }
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
