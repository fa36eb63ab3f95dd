import DurableFiles
import Foundation
import Testing
import Torch

/// Steele, Lea and Flood's SplitMix64.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Values in -1 ..< 1.
  mutating func tensor(_ shape: [Int], _ dtype: DType = .float64) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { _ in Double.random(in: -1..<1, using: &self) }, shape: shape).to(dtype)
  }
}

/// The largest difference of two tensors' values.
func difference(_ left: Tensor?, _ right: Tensor?) -> Double {
  guard let left, let right, left.shape == right.shape else { return .infinity }
  return (left.to(.float64) - right.to(.float64)).absolute().maximum([]).item()
}

/// A golden file's tensors.
func golden(_ name: String) throws -> [String: Tensor] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try SafetensorsFile(folder.appending(path: "Goldens/\(name).safetensors")).tensors()
}
