public import Torch
public import TorchNN

/// Multi-head self-attention, as timm's: one linear map to queries, keys and values, libtorch's fused kernel, one
/// linear map back.
public final class Attention: Module {
  /// `D → 3 D`; queries, keys and values in this order, then heads, then channels.
  public let qkv: Linear
  /// The queries' bias `[D]` where keys have none, as in BEiT; nil where `qkv` has a bias of its own.
  public let qBias: Parameter?
  /// The values' bias `[D]`, with `qBias`.
  public let vBias: Parameter?
  /// The block's own table of relative positions, `[rows, heads]`; nil where it has none.
  public let relativePositionBiasTable: Parameter?
  /// `D → D`.
  public let proj: Linear
  private let headCount: Int

  init(
    dimension: Int, headCount: Int, keyBias: Bool, relativePositionRows: Int?,
    using generator: inout some RandomNumberGenerator
  ) {
    self.headCount = headCount
    qkv = Linear(inputs: dimension, outputs: 3 * dimension, bias: keyBias, using: &generator)
    qBias = keyBias ? nil : Parameter(Tensor.zeros([dimension]))
    vBias = keyBias ? nil : Parameter(Tensor.zeros([dimension]))
    relativePositionBiasTable = relativePositionRows.map { Parameter(Tensor.zeros([$0, headCount])) }
    proj = Linear(inputs: dimension, outputs: dimension, using: &generator)
  }

  /// `[B, N, D]` to `[B, N, D]`.
  ///
  /// - Parameters:
  ///   - input: the tokens, `[B, N, D]`.
  ///   - norm: comes before the map to queries, keys and values; nil for input that is normalised already.
  ///   - bias: added to the scaled products of queries and keys, broadcast to `[B, heads, N, N]`; the block's own table
  ///     is not added here, since only the encoder knows the places of the tokens.
  ///   - rotation: turns queries and keys; nil leaves them.
  public func callAsFunction(
    _ input: Tensor, norm: LayerNorm? = nil, bias: Tensor? = nil, rotation: RotaryPositions.Rotation? = nil
  ) -> Tensor {
    let sizes = input.shape
    // Splitting the last dimension makes the backward pass one copy: the three gradients side by side.
    let parts = projected(input, norm).split(sizes[2], along: 2).map {
      part in
      part.reshaped([sizes[0], sizes[1], headCount, sizes[2] / headCount]).transposed(1, 2)
    }
    let mixed = Tensor.scaledDotProductAttention(
      query: rotation?(parts[0]) ?? parts[0], key: rotation?(parts[1]) ?? parts[1], value: parts[2],
      bias: bias?.to(parts[0].dtype))
    return proj(mixed.transposed(1, 2).reshaped(sizes))
  }

  private func projected(_ input: Tensor, _ norm: LayerNorm?) -> Tensor {
    norm?.linear(input, weight: qkv.weight.value, bias: projectionBias)
      ?? input.linear(qkv.weight.value, bias: projectionBias)
  }

  private var projectionBias: Tensor {
    guard let qBias, let vBias else { return qkv.bias!.value }
    let none = noGrad { qBias.value.zerosLike() }
    return Tensor.concatenate([qBias.value, none, vBias.value])
  }
}
