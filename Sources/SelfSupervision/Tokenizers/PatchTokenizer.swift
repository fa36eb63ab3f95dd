public import Torch
import VisionModels

/// A visual vocabulary of unit vectors: a patch's word is the vector it is most similar to (METHODS §7.2).
///
/// The similarity is the cosine's; a patch's own length does not change which word is nearest, so it is not divided by.
public final class PatchTokenizer {
  /// What the vocabulary was made from.
  public let specification: Specification
  /// The words' directions, `[V, d]` float32, each of length 1.
  public let codebook: Tensor
  /// What each word looks like, `[V, d]` float32, in normalised pixels.
  ///
  /// For random patches the patch itself, for k-means the centroid. A random projection learns the mean of the patches
  /// of each word from ``survey(_:patchLimit:)``; until then it is the mean colour.
  public internal(set) var prototypes: Tensor
  let pixels: Patchifier

  /// Bytes of similarities held at a time: on a CPU near its caches, elsewhere enough to keep the device busy.
  private var blockBytes: Int { codebook.device.kind == .cpu ? 32 << 20 : 256 << 20 }

  /// A vocabulary of vectors whose length does not matter.
  ///
  /// - Parameters:
  ///   - directions: `[V, d]`.
  ///   - prototypes: `[V, d]` in normalised pixels; nil shows the mean colour.
  convenience init(_ specification: Specification, directions: Tensor, prototypes: Tensor?) {
    let centered = specification.config.centerPatches ? directions.centered() : directions
    self.init(
      specification, unitVectors: centered.normalized(1), prototypes: prototypes ?? directions.zerosLike())
  }

  /// A vocabulary as it was saved.
  init(_ specification: Specification, unitVectors: Tensor, prototypes: Tensor) {
    self.specification = specification
    codebook = unitVectors
    self.prototypes = prototypes
    pixels = specification.pixels(on: unitVectors.device)
  }

  /// Words.
  public var vocabulary: Int { codebook.shape[0] }

  /// The words of patches.
  ///
  /// The similarities to all words are computed block by block and never held at once.
  ///
  /// - Parameter patches: normalised pixels, `[R, d]` float32.
  /// - Returns: `[R]` int64.
  public func words(_ patches: Tensor) -> Tensor {
    noGrad {
      let rows = patches.shape[0]
      let blockRows = max(1, min(rows, blockBytes / (4 * vocabulary)))
      let directions = codebook.transposed(0, 1)
      let similarities = Tensor.empty([blockRows, vocabulary], device: codebook.device)
      let parts = stride(from: 0, to: rows, by: blockRows).map { start in
        let count = min(blockRows, rows - start)
        let block = similarities.narrowed(0, start: 0, count: count)
        // Directions without channel means ignore those of a patch, so centring needs no work on the patches.
        block.setMatrixProduct(patches.narrowed(0, start: start, count: count), directions)
        return block.argmax(1)
      }
      return parts.isEmpty ? Tensor.zeros([0], dtype: .int64, device: codebook.device) : Tensor.concatenate(parts)
    }
  }

  /// What words look like, for pictures of reconstructions.
  ///
  /// - Parameter words: int64 of any shape.
  /// - Returns: the bytes of a patch for each, `words.shape + [3 · p · p]`, channel, row, column.
  public func wordPatches(_ words: Tensor) -> Tensor {
    noGrad { pixels.bytes(prototypes.rows(words)) }
  }
}

extension PatchTokenizer.Specification {
  /// Normalises the bytes of patches, and back.
  func pixels(on device: Device) -> Patchifier {
    Patchifier(
      grid: PatchGrid(rows: 1, columns: 1), patchSize: patchSize, normalization: normalization, device: device)
  }
}

extension Tensor {
  /// Patches `[R, d]` without the mean of each channel.
  func centered() -> Tensor {
    let channels = reshaped([shape[0], 3, -1])
    return (channels - channels.mean([2], keepingDimensions: true)).reshaped(shape)
  }
}
