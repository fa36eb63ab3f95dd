public import SplitMaskCore
public import Torch

/// Leaves out whole channels of maps in training and enlarges the others accordingly.
public struct ChannelDropout: Codable, Hashable, Sendable {
  /// A channel's chance of being left out.
  public var rate: Double

  /// At least 0 and below 1.
  public init(rate: Double) {
    self.rate = rate
  }

  /// Maps `[B, C, h, w]` with some channels of each image set to zero.
  ///
  /// - Parameters:
  ///   - input: maps `[B, C, h, w]`.
  ///   - generator: of purpose `channelDropout`.
  public func callAsFunction(_ input: Tensor, using generator: inout SeededGenerator) -> Tensor {
    guard rate > 0 else { return input }
    let shape = input.shape
    let factors = (0..<shape[0] * shape[1]).map { _ in
      generator.bool(probability: rate) ? Float(0) : Float(1 / (1 - rate))
    }
    return input * Tensor(factors, shape: [shape[0], shape[1], 1, 1]).to(input.device).to(input.dtype)
  }
}
