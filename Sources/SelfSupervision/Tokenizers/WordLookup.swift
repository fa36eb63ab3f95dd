import Torch
import VisionModels

/// How patches get their words.
protocol WordLookup {
  /// Words.
  var vocabulary: Int { get }
  /// Where it computes.
  var device: Device { get }
  /// The words of patches.
  ///
  /// - Parameter patches: normalised pixels of all patches of some images, row by row, `[R, d]` float32.
  /// - Returns: `[R]` int64.
  func words(_ patches: Tensor) -> Tensor
}

/// The most similar of unit vectors.
struct CodebookLookup: WordLookup {
  /// `[V, d]`, each of length 1.
  let codebook: Tensor

  var vocabulary: Int { codebook.shape[0] }
  var device: Device { codebook.device }

  /// Bytes of similarities held at a time: on a CPU near its caches, elsewhere enough to keep the device busy.
  private var blockBytes: Int { device.kind == .cpu ? 32 << 20 : 256 << 20 }

  /// The similarities to all words are computed block by block and never held at once.
  func words(_ patches: Tensor) -> Tensor {
    noGrad {
      let rows = patches.shape[0]
      let blockRows = max(1, min(rows, blockBytes / (4 * vocabulary)))
      let parts = stride(from: 0, to: rows, by: blockRows).map { start in
        let count = min(blockRows, rows - start)
        // Directions without channel means ignore those of a patch, so centring needs no work on the patches.
        return patches.narrowed(0, start: start, count: count).linear(codebook).argmax(1)
      }
      return parts.isEmpty ? Tensor.zeros([0], dtype: .int64, device: device) : Tensor.concatenate(parts)
    }
  }
}

/// DALL-E's words. Its encoder looks beyond the patch, so the patches are put together again to images.
struct DalleLookup: WordLookup {
  let encoder: DalleEncoder
  let grid: PatchGrid

  var vocabulary: Int { encoder.shape.vocabulary }
  var device: Device { encoder.device }

  /// Images at a time: one needs some hundred megabytes for the widest layers of 8 images of 112 pixels.
  private var blockImages: Int { device.kind == .cpu ? 8 : 64 }

  func words(_ patches: Tensor) -> Tensor {
    noGrad {
      let side = DalleEncoder.patchSize
      let images = patches.reshaped([-1, grid.rows, grid.columns, 3, side, side]).permuted([0, 3, 1, 4, 2, 5])
        .reshaped([-1, 3, grid.rows * side, grid.columns * side])
      let count = images.shape[0]
      let parts = stride(from: 0, to: count, by: blockImages).map { start in
        encoder(images.narrowed(0, start: start, count: min(blockImages, count - start))).argmax(1).reshaped([-1])
      }
      return parts.isEmpty ? Tensor.zeros([0], dtype: .int64, device: device) : Tensor.concatenate(parts)
    }
  }
}
