extension Tensor {
  private static let batchNormOperator = Operator("batch_norm")

  /// Normalises every column of a batch, `[B, D]`, to mean 0 and variance 1, without a scale or a shift.
  ///
  /// In training the batch's own statistics are used, and the running ones move towards them in place by `momentum`
  /// (the variance without bias); otherwise the running ones are used.
  public func batchNorm(
    runningMean: Tensor, runningVariance: Tensor, training: Bool, momentum: Double, epsilon: Double
  ) -> Tensor {
    Tensor.batchNormOperator(
      .tensor(self), .none, .none, .tensor(runningMean), .tensor(runningVariance), .bool(training), .double(momentum),
      .double(epsilon), .bool(false))
  }
}
