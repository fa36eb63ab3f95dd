public import Torch

/// The branches that one training step leaves out, timm's `DropPath`: each sequence drops each branch of block ℓ with a
/// chance that rises linearly with ℓ, and a branch that stays is divided by its chance of staying.
public struct StochasticDepth {
  /// What one block's branches are multiplied by.
  public struct Factors {
    /// `[B, 1, 1]`.
    public let attention: Tensor
    /// `[B, 1, 1]`.
    public let mlp: Tensor
  }

  private let factors: Tensor

  /// Draws for every block, branch and sequence; all independent.
  ///
  /// - Returns: nil when the rate is 0.
  public static func draw(
    rate: Double, depth: Int, sequences: Int, device: Device, using generator: inout some RandomNumberGenerator
  ) -> StochasticDepth? {
    guard rate > 0 else { return nil }
    var values: [Float] = []
    values.reserveCapacity(depth * 2 * sequences)
    for block in 0..<depth {
      let keep = 1 - rate * Double(block) / Double(max(1, depth - 1))
      for _ in 0..<(2 * sequences) {
        values.append(Double.random(in: 0..<1, using: &generator) < keep ? Float(1 / keep) : 0)
      }
    }
    let tensor = Tensor(values, shape: [depth, 2, sequences, 1, 1]).sent(to: device)
    return StochasticDepth(factors: tensor)
  }

  /// A block's factors.
  public subscript(block: Int) -> Factors {
    let own = factors.selected(0, block)
    return Factors(attention: own.selected(0, 0), mlp: own.selected(0, 1))
  }
}
