import DenseTasks
import ImageLoading
@_exported import TestSupport
import Torch
import TorchNN
import VisionModels

/// Boxes from a tensor `[N, 4]` of left, top, right, bottom.
func boxes(_ tensor: Tensor) -> [Box] {
  let values = tensor.array(of: Float.self)
  return stride(from: 0, to: values.count, by: 4).map {
    Box(left: values[$0], top: values[$0 + 1], right: values[$0 + 2], bottom: values[$0 + 3])
  }
}

/// A tensor `[N, 4]` of boxes.
func tensor(_ boxes: [Box]) -> Tensor {
  Tensor(boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom] }, shape: [boxes.count, 4])
}

/// Rows of four changes.
func deltas(_ tensor: Tensor) -> [BoxCoder.Deltas] {
  boxes(tensor).map { BoxCoder.Deltas($0.left, $0.top, $0.right, $0.bottom) }
}

extension Dictionary where Key == String, Value == Tensor {
  /// The tensors whose keys begin so, without that beginning.
  func part(_ prefix: String) -> [String: Tensor] {
    reduce(into: [:]) { result, entry in
      if entry.key.hasPrefix(prefix + ".") { result[String(entry.key.dropFirst(prefix.count + 1))] = entry.value }
    }
  }
}

extension Module {
  /// Takes those of the tensors that are its parameters.
  func loadParameters(from tensors: [String: Tensor]) throws {
    let keys = Set(stateDictionary.keys)
    try load(tensors.filter { keys.contains($0.key) })
  }
}

/// A mask from a tensor `[H, W]`.
func bitmap(_ tensor: Tensor) -> Bitmap {
  Bitmap(height: tensor.shape[0], width: tensor.shape[1], pixels: tensor.array())
}

/// A small encoder of four blocks and width 16 for images of `size`.
func smallEncoder(
  size: ImageSize = ImageSize(height: 64, width: 96), relative: VisionTransformer.RelativePositionBias = .none,
  depth: Int = 4
) throws -> VisionTransformer {
  var config = VisionTransformer.Config(.tiny, imageSize: size)
  (config.width, config.depth, config.headCount) = (16, depth, 2)
  config.relativePositionBias = relative
  var generator = SplitMix64(state: 5)
  return try VisionTransformer(config, using: &generator)
}
