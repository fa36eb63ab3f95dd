public import Torch
public import TorchNN

/// The perceptron of a block: a wide hidden layer with an exact GELU.
public final class MLP: Module {
  /// `D → hidden`.
  public let fc1: Linear
  /// `hidden → D`.
  public let fc2: Linear

  init(dimension: Int, hidden: Int, using generator: inout some RandomNumberGenerator) {
    fc1 = Linear(inputs: dimension, outputs: hidden, using: &generator)
    fc2 = Linear(inputs: hidden, outputs: dimension, using: &generator)
  }

  /// `[B, N, D]` to `[B, N, D]`.
  public func callAsFunction(_ input: Tensor) -> Tensor { fc2(fc1(input).gelu()) }
}

/// A pre-norm transformer block (METHODS §1.1).
public final class TransformerBlock: Module {
  /// Before the attention.
  public let norm1: LayerNorm
  /// The attention.
  public let attn: Attention
  /// Before the perceptron.
  public let norm2: LayerNorm
  /// The perceptron.
  public let mlp: MLP

  /// A block of a width, with heads and a hidden layer of `mlpRatio` times the width.
  public init(
    dimension: Int, headCount: Int, mlpRatio: Int, using generator: inout some RandomNumberGenerator
  ) {
    norm1 = LayerNorm(dimension)
    attn = Attention(dimension: dimension, headCount: headCount, using: &generator)
    norm2 = LayerNorm(dimension)
    mlp = MLP(dimension: dimension, hidden: mlpRatio * dimension, using: &generator)
  }

  /// `[B, N, D]` to `[B, N, D]`.
  ///
  /// - Parameters:
  ///   - keep: factors of the two branches for every sequence, each `[B, 1, 1]`; nil keeps both whole.
  ///   - bias: of the attention.
  public func callAsFunction(
    _ input: Tensor, keep: StochasticDepth.Factors? = nil, bias: Tensor? = nil
  ) -> Tensor {
    let attended = residual(input, attn(norm1(input), bias: bias), factor: keep?.attention)
    return residual(attended, mlp(norm2(attended)), factor: keep?.perceptron)
  }

  private func residual(_ input: Tensor, _ branch: Tensor, factor: Tensor?) -> Tensor {
    guard let factor else { return input + branch }
    return input.adding(branch, times: factor)
  }
}
