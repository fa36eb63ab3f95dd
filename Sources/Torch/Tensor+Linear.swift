extension Tensor {
  private static let matmulOperator = Operator("matmul")
  private static let addmmOperator = Operator("addmm")
  private static let addmmOutOperator = Operator("addmm", "out")
  private static let layerNormOperator = Operator("layer_norm")
  private static let geluOperator = Operator("gelu")
  private static let reluOperator = Operator("relu")
  private static let sigmoidOperator = Operator("sigmoid")
  private static let attentionOperator = Operator("scaled_dot_product_attention")
  private static let linearOperator = Operator("linear", library: "splitmask")
  private static let normLinearOperator = Operator("norm_linear", library: "splitmask")
  private static let mlpOperator = Operator("mlp", library: "splitmask")
  private static let weightNormOperator = Operator("_weight_norm")

  /// The matrix product, over batch dimensions where there are any.
  public func matmul(_ other: Tensor) -> Tensor { Tensor.matmulOperator(.tensor(self), .tensor(other)) }

  /// `self · weightᵀ + bias` with `weight` of shape `[out, in]`.
  ///
  /// Of large float32 matrices on an x86 CPU it is by oneDNN, twice as fast as libtorch's own there; see
  /// ``Engine/usesOneDNN``.
  public func linear(_ weight: Tensor, bias: Tensor? = nil) -> Tensor {
    Tensor.linearOperator(.tensor(self), .tensor(weight), .optional(bias))
  }

  /// `beta · self + alpha · left · right` into this matrix.
  public func addMatrixProductInPlace(_ left: Tensor, _ right: Tensor, beta: Double = 1, alpha: Double = 1) {
    Tensor.addmmOutOperator.run(
      .tensor(self), .tensor(left), .tensor(right), .double(beta), .double(alpha), .tensor(self))
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

  /// Rows of this matrix `[out, in]` brought to the lengths `[out, 1]`: g · v / ‖v‖.
  public func weightNormalized(lengths: Tensor) -> Tensor {
    Tensor.weightNormOperator(.tensor(self), .tensor(lengths), .int(0))
  }

  /// Layer normalisation over the last dimension.
  public func layerNorm(weight: Tensor?, bias: Tensor?, epsilon: Double) -> Tensor {
    Tensor.layerNormOperator(
      .tensor(self), .ints([shape.last!]), .optional(weight), .optional(bias), .double(epsilon))
  }

  /// max(0, x).
  public func relu() -> Tensor { Tensor.reluOperator(.tensor(self)) }

  /// x · Φ(x) with the exact error function.
  public func gelu() -> Tensor { Tensor.geluOperator(.tensor(self)) }

  /// `layerNorm(…) · weightᵀ + bias` with `weight` of shape `[out, in]`.
  ///
  /// Keeps for the backward pass this tensor, and not what it is normalised to, which is computed again there.
  ///
  /// - Parameters:
  ///   - scale: factors of the normalisation, `[in]`.
  ///   - shift: summands of the normalisation, `[in]`.
  ///   - epsilon: of the normalisation.
  ///   - weight: the linear layer's weight, `[out, in]`.
  ///   - bias: the linear layer's bias, `[out]`.
  public func normLinear(scale: Tensor, shift: Tensor, epsilon: Double, weight: Tensor, bias: Tensor) -> Tensor {
    Tensor.normLinearOperator(
      .tensor(self), .tensor(scale), .tensor(shift), .double(epsilon), .tensor(weight), .tensor(bias))
  }

  /// `layerNorm(…)` through an MLP: linear, exact GELU, linear.
  ///
  /// Keeps for the backward pass this tensor and the hidden values before the GELU; what it is normalised to and the GELU's
  /// values are computed again there. On a CPU it works on blocks of rows.
  ///
  /// - Parameters:
  ///   - scale: factors of the normalisation, `[in]`.
  ///   - shift: summands of the normalisation, `[in]`.
  ///   - epsilon: of the normalisation.
  ///   - first: the linear layers' weights and biases, `[hidden, in]` and `[hidden]`,
  ///   - second: `[out, hidden]` and `[out]`.
  public func normMLP(
    scale: Tensor, shift: Tensor, epsilon: Double, first: (weight: Tensor, bias: Tensor),
    second: (weight: Tensor, bias: Tensor)
  ) -> Tensor {
    Tensor.mlpOperator(
      .tensor(self), .tensor(scale), .tensor(shift), .double(epsilon), .tensor(first.weight), .tensor(first.bias),
      .tensor(second.weight), .tensor(second.bias))
  }

  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Tensor { Tensor.sigmoidOperator(.tensor(self)) }

  /// softmax(q kᵀ / √d + bias) v by libtorch's fused kernel; all of shape `[B, heads, N, d]`.
  ///
  /// - Parameters:
  ///   - query: the queries, q.
  ///   - key: the keys, k.
  ///   - value: the values, v.
  ///   - bias: of the queries' type, broadcast to `[B, heads, N, N]`; nil adds nothing.
  public static func scaledDotProductAttention(
    query: Tensor, key: Tensor, value: Tensor, bias: Tensor? = nil
  ) -> Tensor {
    guard let bias else { return attentionOperator(.tensor(query), .tensor(key), .tensor(value)) }
    return attentionOperator(.tensor(query), .tensor(key), .tensor(value), .tensor(bias))
  }
}

extension Tensor {
  private static let symmetricEigenOperator = Operator("linalg_eigh")

  /// The eigenvalues of a symmetric matrix, rising, and its eigenvectors as columns. Reads the lower triangle.
  public func symmetricEigen() -> (values: Tensor, vectors: Tensor) {
    let results = Tensor.symmetricEigenOperator.many(.tensor(self), .byDefault)
    return (results[0], results[1])
  }
}
