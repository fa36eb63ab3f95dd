extension Tensor {
  private static let crossEntropyOperator = Operator("cross_entropy_loss")
  private static let binaryCrossEntropyOperator = Operator("binary_cross_entropy_with_logits")
  // at::Reduction of libtorch.
  private static let meanReduction = 1
  private static let sumReduction = 2

  /// The mean cross-entropy of logits `[N, C]` against class indices `[N]`.
  public func crossEntropy(_ targets: Tensor, labelSmoothing: Double = 0) -> Tensor {
    Tensor.crossEntropyOperator(
      .tensor(self), .tensor(targets), .none, .int(Tensor.meanReduction), .int(-100), .double(labelSmoothing))
  }

  /// The sum of the cross-entropies of logits `[N, C, …]` against class indices `[N, …]`.
  ///
  /// - Parameters:
  ///   - targets: class indices, int64.
  ///   - ignored: the index whose places count as nothing.
  public func summedCrossEntropy(_ targets: Tensor, ignoring ignored: Int = -100) -> Tensor {
    Tensor.crossEntropyOperator(
      .tensor(self), .tensor(targets), .none, .int(Tensor.sumReduction), .int(ignored), .double(0))
  }

  /// The sum of the cross-entropies of logits against the probabilities `targets`, of one shape and type.
  public func summedBinaryCrossEntropy(_ targets: Tensor) -> Tensor {
    Tensor.binaryCrossEntropyOperator(
      .tensor(self), .tensor(targets), .none, .none, .int(Tensor.sumReduction))
  }
}
