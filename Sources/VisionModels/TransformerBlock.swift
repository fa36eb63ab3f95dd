public import Torch
public import TorchNN

/// The MLP of a block: a wide hidden layer with an exact GELU.
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
  ///
  /// - Parameters:
  ///   - input: the tokens, `[B, N, D]`.
  ///   - norm: comes before the first layer.
  public func callAsFunction(_ input: Tensor, norm: LayerNorm) -> Tensor {
    norm.mlp(input, fc1, fc2)
  }
}

/// A factor for every channel of a residual branch (BEiT's `gamma_1` and `gamma_2`).
public final class LayerScale: Module {
  /// `[D]`.
  public let gamma: Parameter

  init(_ dimension: Int, initial: Double) {
    gamma = Parameter(Tensor.full([dimension], initial))
  }
}

/// A pre-norm transformer block, as timm's.
public final class TransformerBlock: Module {
  /// Before the attention.
  public let norm1: LayerNorm
  /// The attention.
  public let attn: Attention
  /// Scales what the attention adds; nil without layer scale.
  public let ls1: LayerScale?
  /// Before the MLP.
  public let norm2: LayerNorm
  /// The MLP.
  public let mlp: MLP
  /// Scales what the MLP adds; nil without layer scale.
  public let ls2: LayerScale?

  /// A block of a width, with heads and a hidden layer of `mlpRatio` times the width.
  ///
  /// - Parameters:
  ///   - dimension: values of a row, D.
  ///   - headCount: attention heads.
  ///   - mlpRatio: hidden values over the width.
  ///   - keyBias: whether keys have a bias.
  ///   - layerScale: the initial factor of both branches; nil has none.
  ///   - relativePositionRows: rows of the block's own table of relative positions; nil has none.
  ///   - normEpsilon: what the normalisations add to the variance.
  ///   - generator: draws the first weights.
  public init(
    dimension: Int, headCount: Int, mlpRatio: Int, keyBias: Bool = true, layerScale: Double? = nil,
    relativePositionRows: Int? = nil, normEpsilon: Double = 1e-6, using generator: inout some RandomNumberGenerator
  ) {
    norm1 = LayerNorm(dimension, epsilon: normEpsilon)
    attn = Attention(
      dimension: dimension, headCount: headCount, keyBias: keyBias, relativePositionRows: relativePositionRows,
      using: &generator)
    ls1 = layerScale.map { LayerScale(dimension, initial: $0) }
    norm2 = LayerNorm(dimension, epsilon: normEpsilon)
    mlp = MLP(dimension: dimension, hidden: mlpRatio * dimension, using: &generator)
    ls2 = layerScale.map { LayerScale(dimension, initial: $0) }
  }

  /// `[B, N, D]` to `[B, N, D]`.
  ///
  /// - Parameters:
  ///   - input: the tokens, `[B, N, D]`.
  ///   - keep: factors of the two branches for every sequence, each `[B, 1, 1]`; nil keeps both whole.
  ///   - bias: added to the attention's scaled products, broadcast to `[B, heads, N, N]`.
  ///   - rotation: turns the attention's queries and keys; nil leaves them.
  public func callAsFunction(
    _ input: Tensor, keep: StochasticDepth.Factors? = nil, bias: Tensor? = nil,
    rotation: RotaryPositions.Rotation? = nil
  ) -> Tensor {
    let mixed = attn(input, norm: norm1, bias: bias, rotation: rotation)
    let attended = residual(input, mixed, scale: ls1, factor: keep?.attention)
    return residual(attended, mlp(attended, norm: norm2), scale: ls2, factor: keep?.mlp)
  }

  private func residual(_ input: Tensor, _ branch: Tensor, scale: LayerScale?, factor: Tensor?) -> Tensor {
    switch (scale?.gamma.value, factor) {
    case (nil, nil): input + branch
    case (let factor?, nil), (nil, let factor?): input.adding(branch, times: factor)
    case (let gamma?, let factor?): input.adding(branch, times: gamma * factor)
    }
  }
}
