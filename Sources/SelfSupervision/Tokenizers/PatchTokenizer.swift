public import Torch
import VisionModels

/// A visual vocabulary: unit vectors of which a patch's word is the most similar one (arXiv 2112.10740, §3.3), or
/// DALL-E's encoder (openai/DALL-E).
///
/// The similarity is the cosine's; a patch's own length does not change which word is nearest, so it is not divided by.
public final class PatchTokenizer {
  /// What the vocabulary was made from.
  public let specification: Specification
  /// What each word looks like, `[V, d]` float32, in normalised pixels.
  ///
  /// For random patches the patch itself, for k-means the centroid. A random projection and DALL-E's encoder learn the mean
  /// of the patches of each word from ``survey(_:patchLimit:progress:)``; until then it is the mean colour.
  public internal(set) var prototypes: Tensor
  let pixels: Patchifier
  let lookup: any WordLookup
  /// What the weights of DALL-E's encoder were, in a few letters; nil for the other kinds.
  let weightsDigest: String?

  /// A vocabulary of vectors whose length does not matter.
  ///
  /// - Parameters:
  ///   - directions: `[V, d]`.
  ///   - prototypes: `[V, d]` in normalised pixels; nil shows the mean colour.
  convenience init(_ specification: Specification, directions: Tensor, prototypes: Tensor?) {
    let centered = specification.centered(directions)
    self.init(
      specification, unitVectors: centered.normalized(1), prototypes: prototypes ?? directions.zerosLike())
  }

  /// A vocabulary of unit vectors as it was saved.
  convenience init(_ specification: Specification, unitVectors: Tensor, prototypes: Tensor) {
    self.init(specification, lookup: CodebookLookup(codebook: unitVectors), prototypes: prototypes, weightsDigest: nil)
  }

  /// A vocabulary of any kind.
  init(_ specification: Specification, lookup: any WordLookup, prototypes: Tensor, weightsDigest: String?) {
    self.specification = specification
    self.lookup = lookup
    self.prototypes = prototypes
    self.weightsDigest = weightsDigest
    pixels = specification.pixels(on: lookup.device)
  }

  /// The words' directions, `[V, d]` float32, each of length 1; nil for DALL-E's words, which have none.
  public var codebook: Tensor? { (lookup as? CodebookLookup)?.codebook }

  /// Words.
  public var vocabulary: Int { lookup.vocabulary }

  /// The words of patches.
  ///
  /// - Parameter patches: normalised pixels, `[R, d]` float32; for DALL-E's words all patches of each image, row by row.
  /// - Returns: `[R]` int64.
  public func words(_ patches: Tensor) -> Tensor { lookup.words(patches) }

  /// What words look like, for pictures of reconstructions.
  ///
  /// - Parameter words: int64 of any shape.
  /// - Returns: a patch of 0 to 255 for each, `words.shape + [C · p · p]` float32: channel, row, column.
  public func wordPatches(_ words: Tensor) -> Tensor {
    noGrad { pixels.denormalized(prototypes.rows(words)) }
  }
}

extension PatchTokenizer.Specification {
  /// Normalises the bytes of patches, and back.
  func pixels(on device: Device) -> Patchifier {
    Patchifier(
      grid: PatchGrid(rows: 1, columns: 1), patchSize: patchSize, normalization: normalization, device: device)
  }
}

extension PatchTokenizer.Specification {
  /// Patches `[R, d]` without the mean of each channel, where that is left out of account.
  func centered(_ patches: Tensor) -> Tensor {
    guard config.centerPatches else { return patches }
    let channels = patches.reshaped([patches.shape[0], normalization.channelCount, -1])
    return (channels - channels.mean([2], keepingDimensions: true)).reshaped(patches.shape)
  }
}

extension PatchTokenizer.Specification {
  /// Multiply-adds of finding a patch's word.
  var multiplyAddsPerPatch: Double {
    config.kind == .dalle
      ? DalleEncoder.Shape().multiplyAddsPerWord
      : MatrixWork.linear(rows: 1, inputs: dimension, outputs: config.vocabulary)
  }
}
