public import ImageCoding
public import Torch
public import VisionModels

/// Cuts batches into patches and looks up their words, which is how every method that predicts words begins.
public final class WordReader {
  /// The words.
  public let tokenizer: PatchTokenizer
  /// Cuts what the encoder sees.
  public let patchifier: Patchifier
  private let tokenizerPatchifier: Patchifier

  /// A batch's patches and words.
  struct Reading {
    /// Patches of all images, `[B · n, C · p · p]`, as the loader has them.
    let patches: Tensor
    /// Each patch's word, `[B · n]` int64; nil where no words were wanted.
    let words: Tensor?
    /// `tokenize_seconds`, the time that the words took, where it was asked for.
    let terms: [(name: String, value: Tensor)]
  }

  /// - Parameters:
  ///   - encoder: whose patches are described.
  ///   - tokenizer: gives patches their words.
  ///   - normalization: of the encoder's pixels.
  ///   - device: the device to compute on.
  public init(
    encoder: VisionTransformer.Config, tokenizer: PatchTokenizer, normalization: PixelNormalization, device: Device
  ) {
    self.tokenizer = tokenizer
    patchifier = Patchifier(
      grid: encoder.grid, patchSize: encoder.patchSize, normalization: normalization, device: device)
    tokenizerPatchifier = Patchifier(
      grid: encoder.grid, patchSize: tokenizer.specification.patchSize,
      normalization: tokenizer.specification.normalization, device: device)
  }

  /// Normalised patches of the tokenizer's view, `[B · n, d]`, from `[B, H, W, C]`, as the loader has them,.
  func tokenizerPatches(_ images: Tensor) -> Tensor {
    tokenizerPatchifier.normalized(tokenizerPatchifier.patches(images))
  }

  /// - Parameters:
  ///   - images: `[B, H, W, C]`, as the loader has them, on the device.
  ///   - tokenizerImages: the same crops as the tokenizer sees them.
  ///   - wantsWords: whether words are looked up.
  ///   - timed: whether the time that they take is wanted.
  func read(images: Tensor, tokenizerImages: Tensor, wantsWords: Bool = true, timed: Bool) -> Reading {
    noGrad {
      let patches = patchifier.patches(images)
      guard wantsWords else { return Reading(patches: patches, words: nil, terms: []) }
      // A device runs asynchronously: to time it, wait for what it had to do before and for the words. Only steps
      // that are logged are timed.
      let isDeferred = timed && images.device.kind != .cpu
      if isDeferred { _ = patches.narrowed(0, start: 0, count: 1).to(.float32).sum().item() }
      let start = ContinuousClock.now
      let words = tokenizer.words(tokenizerPatches(tokenizerImages))
      guard timed else { return Reading(patches: patches, words: words, terms: []) }
      if isDeferred { _ = words.narrowed(0, start: 0, count: 1).sum().item() }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      return Reading(
        patches: patches, words: words,
        terms: [("tokenize_seconds", Tensor.full([], seconds, device: images.device))])
    }
  }
}
