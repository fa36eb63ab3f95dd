extension Tensor {
  private static let matmulOperator = Operator("matmul")
  private static let linearOperator = Operator("linear")
  private static let addmmOperator = Operator("addmm")
  private static let addmmOutOperator = Operator("addmm", "out")
  private static let mmOutOperator = Operator("mm", "out")
  private static let layerNormOperator = Operator("layer_norm")
  private static let geluOperator = Operator("gelu")
  private static let attentionOperator = Operator("scaled_dot_product_attention")
  private static let crossEntropyOperator = Operator("cross_entropy_loss")
  private static let resizeOperator = Operator("upsample_bicubic2d", "vec")
  private static let resizeAntialiasedOperator = Operator("_upsample_bicubic2d_aa", "vec")

  /// The matrix product, over batch dimensions where there are any.
  public func matmul(_ other: Tensor) -> Tensor { Tensor.matmulOperator(.tensor(self), .tensor(other)) }

  /// `self · weightᵀ + bias` with `weight` of shape `[out, in]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    Tensor.linearOperator(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// `beta · self + alpha · left · right` into this matrix.
  public func addMatrixProductInPlace(_ left: Tensor, _ right: Tensor, beta: Double = 1, alpha: Double = 1) {
    Tensor.addmmOutOperator.run(
      .tensor(self), .tensor(left), .tensor(right), .double(beta), .double(alpha), .tensor(self))
  }

  /// `left · right` written into this matrix.
  public func setMatrixProduct(_ left: Tensor, _ right: Tensor) {
    Tensor.mmOutOperator.run(.tensor(left), .tensor(right), .tensor(self))
  }

  /// `bias + left · right` written into this matrix.
  public func setMatrixProduct(_ left: Tensor, _ right: Tensor, adding bias: Tensor) {
    Tensor.addmmOutOperator.run(
      .tensor(bias), .tensor(left), .tensor(right), .double(1), .double(1), .tensor(self))
  }

  /// `bias + self · right`.
  public func matmul(_ right: Tensor, adding bias: Tensor) -> Tensor {
    Tensor.addmmOperator(.tensor(bias), .tensor(self), .tensor(right))
  }

  /// Layer normalisation over the last dimension.
  public func layerNorm(weight: Tensor?, bias: Tensor?, epsilon: Double) -> Tensor {
    Tensor.layerNormOperator(
      .tensor(self), .ints([shape.last!]), .optional(weight), .optional(bias), .double(epsilon))
  }

  /// x · Φ(x) with the exact error function.
  public func gelu() -> Tensor { Tensor.geluOperator(.tensor(self)) }

  /// softmax(q kᵀ / √d + bias) v by libtorch's fused kernel; all of shape `[B, heads, N, d]`.
  ///
  /// - Parameter bias: added to the logits, broadcastable to `[B, heads, N, N]`; or booleans of such a shape, which say
  ///   where a query may look.
  public static func scaledDotProductAttention(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor? = nil
  ) -> Tensor {
    attentionOperator(.tensor(query), .tensor(key), .tensor(value), .optional(bias))
  }

  /// The mean cross-entropy of logits `[N, C]` against class indices `[N]`.
  public func crossEntropy(_ targets: Tensor, labelSmoothing: Double = 0) -> Tensor {
    Tensor.crossEntropyOperator(
      .tensor(self), .tensor(targets), .none, .int(1), .int(-100), .double(labelSmoothing))
  }

  /// Images `[B, C, H, W]` resampled to another size by bicubic interpolation, corners not aligned.
  public func resizedBicubic(height: Int, width: Int, antialias: Bool = false) -> Tensor {
    let resize = antialias ? Tensor.resizeAntialiasedOperator : Tensor.resizeOperator
    return resize(.tensor(self), .ints([height, width]), .bool(false), .none)
  }
}
