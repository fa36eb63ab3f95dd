package import Torch

/// Steele, Lea and Flood's SplitMix64: a generator for tests that does not depend on the program's own.
package struct SplitMix64: RandomNumberGenerator {
  /// What the next draw follows from.
  package private(set) var state: UInt64

  package init(state: UInt64) {
    self.state = state
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// Values in -1 ..< 1.
  package mutating func tensor(_ shape: [Int], _ dtype: DType = .float32) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { _ in Double.random(in: -1..<1, using: &self) }, shape: shape).to(dtype)
  }

  /// Bytes.
  package mutating func bytes(_ shape: [Int]) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }, shape: shape)
  }
}
