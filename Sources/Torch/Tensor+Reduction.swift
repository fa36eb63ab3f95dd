extension Tensor {
  private static let sumOperator = Operator("sum", "dim_IntList")
  private static let sumAllOperator = Operator("sum")
  private static let meanOperator = Operator("mean", "dim")
  private static let meanAllOperator = Operator("mean")
  private static let varianceOperator = Operator("var", "correction")
  private static let maximumOperator = Operator("amax")
  private static let minimumOperator = Operator("amin")
  private static let logSumExpOperator = Operator("logsumexp")
  private static let softmaxOperator = Operator("_softmax")
  private static let logSoftmaxOperator = Operator("_log_softmax")
  private static let normOperator = Operator("linalg_vector_norm")
  private static let allOperator = Operator("all")

  /// The sum of all elements.
  public func sum() -> Tensor { Tensor.sumAllOperator(.tensor(self)) }
  /// Sums over dimensions.
  public func sum(_ dimensions: [Int], keepingDimensions: Bool = false) -> Tensor {
    Tensor.sumOperator(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }
  /// The mean of all elements.
  public func mean() -> Tensor { Tensor.meanAllOperator(.tensor(self)) }
  /// Means over dimensions.
  public func mean(_ dimensions: [Int], keepingDimensions: Bool = false) -> Tensor {
    Tensor.meanOperator(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }
  /// Variances over dimensions, divided by the count less `correction`.
  public func variance(_ dimensions: [Int], correction: Int = 1, keepingDimensions: Bool = false) -> Tensor {
    Tensor.varianceOperator(
      .tensor(self), .ints(dimensions), .int(correction), .bool(keepingDimensions))
  }
  /// The largest values over dimensions.
  public func maximum(_ dimensions: [Int], keepingDimensions: Bool = false) -> Tensor {
    Tensor.maximumOperator(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }
  /// The smallest values over dimensions.
  public func minimum(_ dimensions: [Int], keepingDimensions: Bool = false) -> Tensor {
    Tensor.minimumOperator(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }
  /// ln Σ eˣ over dimensions, without overflow.
  public func logSumExp(_ dimensions: [Int], keepingDimensions: Bool = false) -> Tensor {
    Tensor.logSumExpOperator(.tensor(self), .ints(dimensions), .bool(keepingDimensions))
  }
  /// eˣ / Σ eˣ along a dimension.
  public func softmax(_ dimension: Int) -> Tensor {
    Tensor.softmaxOperator(.tensor(self), .int(dimension), .bool(false))
  }
  /// x - ln Σ eˣ along a dimension.
  public func logSoftmax(_ dimension: Int) -> Tensor {
    Tensor.logSoftmaxOperator(.tensor(self), .int(dimension), .bool(false))
  }
  /// The Euclidean norm over dimensions.
  public func norm(_ dimensions: [Int], keepingDimensions: Bool = false) -> Tensor {
    Tensor.normOperator(.tensor(self), .double(2), .ints(dimensions), .bool(keepingDimensions))
  }
  /// The Euclidean norm of all elements.
  public func norm() -> Tensor { Tensor.normOperator(.tensor(self)) }
  /// Each vector along a dimension divided by its norm, which counts as at least `epsilon`.
  public func normalized(_ dimension: Int, epsilon: Double = 1e-12) -> Tensor {
    self / norm([dimension], keepingDimensions: true).clamped(epsilon)
  }
  /// Whether every element is true, as a scalar.
  public func all() -> Tensor { Tensor.allOperator(.tensor(self)) }
  /// Whether two tensors have the same shape and values. Waits for the device.
  public func hasSameValues(as other: Tensor) -> Bool {
    shape == other.shape && isEqual(to: other).all().item() != 0
  }
}

extension [String: Tensor] {
  /// The first tensor, by name, that holds NaN or an infinity; nil where all values are finite. Waits for the device.
  package var firstNonFinite: String? {
    keys.sorted().first { key in
      guard let tensor = self[key], tensor.dtype.isFloatingPoint else { return false }
      return noGrad { tensor.detached().isFinite().all().item() } == 0
    }
  }
}
