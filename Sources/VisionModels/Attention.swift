public import Torch
public import TorchNN

/// Multi-head self-attention (METHODS §1.1): one linear map to queries, keys and values, libtorch's fused kernel, one
/// linear map back.
public final class Attention: Module {
  /// `D → 3 D`; queries, keys and values in this order, then heads, then channels.
  public let qkv: Linear
  /// `D → D`.
  public let proj: Linear
  private let headCount: Int

  init(dimension: Int, headCount: Int, using generator: inout some RandomNumberGenerator) {
    self.headCount = headCount
    qkv = Linear(inputs: dimension, outputs: 3 * dimension, using: &generator)
    proj = Linear(inputs: dimension, outputs: dimension, using: &generator)
  }

  /// `[B, N, D]` to `[B, N, D]`.
  ///
  /// - Parameter bias: added to the logits, broadcastable to `[B, heads, N, N]`; booleans say where a query may look.
  public func callAsFunction(_ input: Tensor, bias: Tensor? = nil) -> Tensor {
    let sizes = input.shape
    // Splitting the last dimension makes the backward pass one copy: the three gradients side by side.
    let parts = qkv(input).split(sizes[2], along: 2).map { part in
      part.reshaped([sizes[0], sizes[1], headCount, sizes[2] / headCount]).transposed(1, 2)
    }
    let mixed = Tensor.scaledDotProductAttention(query: parts[0], key: parts[1], value: parts[2], bias: bias)
    return proj(mixed.transposed(1, 2).reshaped(sizes))
  }
}
