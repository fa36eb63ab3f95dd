import ImageCoding
import SelfSupervision
import Torch
import VisionModels

/// A specification of a small vocabulary.
func specification(
  _ kind: PatchTokenizer.Kind, vocabulary: Int, seed: UInt64 = 7, normalization: PixelNormalization = .imageNet,
  change: (inout PatchTokenizer.Config) -> Void = { _ in }
) -> PatchTokenizer.Specification {
  var config = PatchTokenizer.Config()
  config.kind = kind
  config.vocabulary = vocabulary
  change(&config)
  return PatchTokenizer.Specification(config, patchSize: 2, normalization: normalization, seed: seed)
}

/// Images of patches of 12 bytes, which a function of image, patch and place gives.
func images(
  _ count: Int, patches: Int, byte: (_ image: Int, _ patch: Int, _ place: Int) -> UInt8
) -> FixedPatches {
  let batches = stride(from: 0, to: count, by: 4).map { start in
    let images = start..<min(count, start + 4)
    let bytes = images.flatMap { image in
      (0..<patches).flatMap { patch in (0..<12).map { byte(image, patch, $0) } }
    }
    return Tensor(bytes, shape: [images.count, patches, 12])
  }
  return FixedPatches(batches: batches)
}

/// The patches of a source in normalised pixels, `[R, 12]`.
func normalized(_ source: FixedPatches) -> Tensor {
  let pixels = Patchifier(
    grid: PatchGrid(rows: 1, columns: 1), patchSize: 2, normalization: .imageNet, device: .cpu)
  return pixels.normalized(Tensor.concatenate(source.batches).reshaped([-1, 12]))
}

/// The rows of a matrix.
func rows(_ matrix: Tensor) -> [[Double]] {
  let width = matrix.shape[1]
  let values = matrix.array(of: Double.self)
  return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
}

/// The bytes of every word's patch.
func painted(_ tokenizer: PatchTokenizer) -> [[UInt8]] {
  let patches = tokenizer.wordPatches(Tensor.range(0, tokenizer.vocabulary))
  let bytes = (patches.clamped(0, 255) + 0.5).to(.uint8).array(of: UInt8.self)
  return stride(from: 0, to: bytes.count, by: 12).map { Array(bytes[$0..<$0 + 12]) }
}

/// The scalar product.
func dot(_ left: [Double], _ right: [Double]) -> Double { zip(left, right).reduce(0) { $0 + $1.0 * $1.1 } }

/// The mean of vectors.
func mean(_ vectors: [[Double]]) -> [Double] {
  vectors[0].indices.map { place in vectors.reduce(0) { $0 + $1[place] } / Double(vectors.count) }
}
