extension Tensor {
  private static let batchNormOperator = Operator("batch_norm")

  /// Normalises every channel of a batch, `[B, C, …]`, to mean 0 and variance 1, then scales and shifts it where a
  /// `weight` and a `bias`, `[C]`, are given.
  ///
  /// In training the batch's own statistics are used, and the running ones move towards them in place by `momentum`
  /// (the variance without bias); otherwise the running ones are used.
  public func batchNorm(
    weight: Tensor? = nil, bias: Tensor? = nil, runningMean: Tensor, runningVariance: Tensor, training: Bool,
    momentum: Double, epsilon: Double
  ) -> Tensor {
    Tensor.batchNormOperator(
      .tensor(self), .optional(weight), .optional(bias), .tensor(runningMean), .tensor(runningVariance),
      .bool(training), .double(momentum), .double(epsilon), .bool(false))
  }
}
