import Torch
import TorchNN
import VisionModels

/// Which patches of whole images are hidden and to be predicted, on the device; images may hide different numbers of them.
struct MaskedPlaces {
  /// Rows of all images' patches, `[M]` int64, image by image.
  let patchRows: Tensor
  /// The same places as rows of all images' tokens, `[M]` int64.
  let tokenRows: Tensor

  init(patchRows: Tensor, tokenRows: Tensor) {
    self.patchRows = patchRows
    self.tokenRows = tokenRows
  }

  /// - Parameters:
  ///   - masks: the hidden patches of each image; at least one of all images must hide one.
  ///   - prefixCount: tokens before an image's patches.
  init(_ masks: [[Int]], patchCount: Int, prefixCount: Int, device: Device) {
    var patches: [Int64] = []
    var tokens: [Int64] = []
    for (image, places) in masks.enumerated() {
      patches += places.map { Int64(image * patchCount + $0) }
      tokens += places.map { Int64(image * (patchCount + prefixCount) + prefixCount + $0) }
    }
    patchRows = Tensor(patches).sent(to: device)
    tokenRows = Tensor(tokens).sent(to: device)
  }
}

extension VisionTransformer {
  /// Encodes whole images whose hidden patches are a mask token, embedded like every other patch, as BEiT does.
  ///
  /// - Parameters:
  ///   - images: all patches of the images, row by row.
  ///   - maskToken: `[1, 1, D]`.
  /// - Returns: the tokens at the hidden places after the last normalisation, `[M, D]`, and all tokens before it, `[B, N, D]`.
  func encode(
    _ images: PatchSequences, hiding places: MaskedPlaces, by maskToken: Tensor, depth: StochasticDepth?
  ) -> (hidden: Tensor, all: Tensor) {
    let tokens = embed(images)
    let sizes = tokens.shape
    let isHidden = noGrad {
      let marks = Tensor.zeros([sizes[0] * sizes[1]], device: tokens.device)
      marks.scatterInPlace(0, places.tokenRows, Tensor.ones(places.tokenRows.shape, device: tokens.device))
      return marks.to(.bool).reshaped([sizes[0], sizes[1], 1])
    }
    var substitute = maskToken.selected(0, 0)
    if let patchPositions {
      let prefix = Tensor.zeros([prefixCount, sizes[2]], device: tokens.device)
      substitute = Tensor.concatenate([prefix, patchPositions + substitute])
    }
    let encoded = runBlocks(tokens.replacing(with: substitute, where: isHidden), depth: depth)
    return (norm(encoded.reshaped([-1, sizes[2]]).indexSelect(0, places.tokenRows)), encoded)
  }
}
