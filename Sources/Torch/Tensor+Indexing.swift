extension Tensor {
  private static let indexSelectOperator = Operator("index_select")
  private static let gatherOperator = Operator("gather")
  private static let scatterOperator = Operator("scatter_", "src")
  private static let scatterAddOperator = Operator("scatter_add_")
  private static let indexCopyOperator = Operator("index_copy_")
  private static let indexAddOperator = Operator("index_add_")
  private static let embeddingOperator = Operator("embedding")
  private static let embeddingBagOperator = Operator("embedding_bag")
  private static let topKOperator = Operator("topk")
  private static let argmaxOperator = Operator("argmax")
  private static let sortOperator = Operator("sort")
  private static let bincountOperator = Operator("bincount")
  private static let oneHotOperator = Operator("one_hot")

  /// The entries of a dimension named by a vector of indices.
  public func indexSelect(_ dimension: Int, _ indices: Tensor) -> Tensor {
    Tensor.indexSelectOperator(.tensor(self), .int(dimension), .tensor(indices))
  }
  /// Elements picked along a dimension, one for each element of `indices`.
  public func gathered(_ dimension: Int, _ indices: Tensor) -> Tensor {
    Tensor.gatherOperator(.tensor(self), .int(dimension), .tensor(indices))
  }
  /// Writes `source` at the places along a dimension that `indices` names.
  public func scatterInPlace(_ dimension: Int, _ indices: Tensor, _ source: Tensor) {
    Tensor.scatterOperator.run(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }
  /// Adds `value` at the places along a dimension that `indices` names.
  public func scatterAddInPlace(_ dimension: Int, _ indices: Tensor, _ value: Double) {
    let source = Tensor.full(indices.shape, value, dtype: dtype, device: device)
    Tensor.scatterAddOperator.run(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }
  /// Adds the elements of `source`, of the same shape as `indices`, at the places along a dimension that `indices` names.
  public func scatterAddInPlace(_ dimension: Int, _ indices: Tensor, _ source: Tensor) {
    Tensor.scatterAddOperator.run(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }
  /// Overwrites the entries of a dimension named by a vector of indices.
  public func indexCopyInPlace(_ dimension: Int, _ indices: Tensor, _ source: Tensor) {
    Tensor.indexCopyOperator.run(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }
  /// Adds to the entries of a dimension named by a vector of indices, which may repeat.
  public func indexAddInPlace(_ dimension: Int, _ indices: Tensor, _ source: Tensor) {
    Tensor.indexAddOperator.run(.tensor(self), .int(dimension), .tensor(indices), .tensor(source))
  }
  /// The rows of this table that `indices`, of any shape, names: `indices.shape + [width]`.
  public func rows(_ indices: Tensor) -> Tensor { Tensor.embeddingOperator(.tensor(self), .tensor(indices)) }
  /// Weighted sums of rows of this table `[rows, width]`, many sums at once: sum k adds the rows `indices[offsets[k]
  /// ..< offsets[k + 1]]`, each times its weight; the last one goes to the end.
  ///
  /// - Parameters:
  ///   - indices: rows, `[terms]`, int32 or int64.
  ///   - weights: `[terms]`, of the table's type; no gradient goes to them.
  ///   - offsets: `[sums]`, rising, of the type of `indices`.
  /// - Returns: `[sums, width]`; a sum of nothing is zero.
  public func weightedRowSums(_ indices: Tensor, weights: Tensor, offsets: Tensor) -> Tensor {
    // Mode 0 adds; the gradient of the table is dense.
    Tensor.embeddingBagOperator.many(
      .tensor(self), .tensor(indices), .tensor(offsets), .bool(false), .int(0), .bool(false), .tensor(weights))[0]
  }
  /// The `count` largest values along the last dimension, in falling order, and where they are.
  public func topK(_ count: Int) -> (values: Tensor, indices: Tensor) {
    let results = Tensor.topKOperator.many(.tensor(self), .int(count))
    return (results[0], results[1])
  }
  /// Where the largest value along a dimension is.
  public func argmax(_ dimension: Int) -> Tensor { Tensor.argmaxOperator(.tensor(self), .int(dimension)) }
  /// Sorted values along a dimension and where they were.
  public func sorted(_ dimension: Int = -1, descending: Bool = false) -> (values: Tensor, indices: Tensor) {
    let results = Tensor.sortOperator.many(.tensor(self), .int(dimension), .bool(descending))
    return (results[0], results[1])
  }
  /// How often each of `0 ..< count` occurs in a vector of integers.
  public func bincount(_ count: Int) -> Tensor { Tensor.bincountOperator(.tensor(self), .none, .int(count)) }
  /// 1 at the place each integer names, 0 elsewhere.
  public func oneHot(_ count: Int) -> Tensor { Tensor.oneHotOperator(.tensor(self), .int(count)) }
}
