extension Tensor {
  private static let reshapeOperator = Operator("reshape")
  private static let permuteOperator = Operator("permute")
  private static let transposeOperator = Operator("transpose", "int")
  private static let expandOperator = Operator("expand")
  private static let unsqueezeOperator = Operator("unsqueeze")
  private static let squeezeOperator = Operator("squeeze", "dim")
  private static let narrowOperator = Operator("narrow")
  private static let selectOperator = Operator("select", "int")
  private static let concatenateOperator = Operator("cat")
  private static let stackOperator = Operator("stack")
  private static let unbindOperator = Operator("unbind", "int")
  private static let splitOperator = Operator("split", "Tensor")
  private static let flipOperator = Operator("flip")
  private static let asStridedOperator = Operator("as_strided")

  /// The same elements in another shape; one size may be -1.
  public func reshaped(_ shape: [Int]) -> Tensor { Tensor.reshapeOperator(.tensor(self), .ints(shape)) }
  /// A view of the same memory with any shape, strides and offset, in elements, that lie within it.
  func asStrided(shape: [Int], strides: [Int], offset: Int) -> Tensor {
    Tensor.asStridedOperator(.tensor(self), .ints(shape), .ints(strides), .int(offset))
  }
  /// The dimensions in another order.
  public func permuted(_ order: [Int]) -> Tensor { Tensor.permuteOperator(.tensor(self), .ints(order)) }
  /// Two dimensions exchanged.
  public func transposed(_ first: Int, _ second: Int) -> Tensor {
    Tensor.transposeOperator(.tensor(self), .int(first), .int(second))
  }
  /// Dimensions of size 1 repeated without a copy; -1 keeps a size.
  public func expanded(_ shape: [Int]) -> Tensor { Tensor.expandOperator(.tensor(self), .ints(shape)) }
  /// A new dimension of size 1.
  public func unsqueezed(_ dimension: Int) -> Tensor { Tensor.unsqueezeOperator(.tensor(self), .int(dimension)) }
  /// Without a dimension of size 1.
  public func squeezed(_ dimension: Int) -> Tensor { Tensor.squeezeOperator(.tensor(self), .int(dimension)) }
  /// `count` entries of a dimension from `start`; a view.
  public func narrowed(_ dimension: Int, start: Int, count: Int) -> Tensor {
    Tensor.narrowOperator(.tensor(self), .int(dimension), .int(start), .int(count))
  }
  /// One entry of a dimension, which disappears; a view.
  public func selected(_ dimension: Int, _ index: Int) -> Tensor {
    Tensor.selectOperator(.tensor(self), .int(dimension), .int(index))
  }
  /// Tensors joined along a dimension.
  public static func concatenate(_ tensors: [Tensor], along dimension: Int = 0) -> Tensor {
    concatenateOperator(.tensors(tensors), .int(dimension))
  }
  /// Tensors of one shape joined along a new dimension.
  public static func stack(_ tensors: [Tensor], along dimension: Int = 0) -> Tensor {
    stackOperator(.tensors(tensors), .int(dimension))
  }
  /// The entries of a dimension; views.
  public func unbound(_ dimension: Int) -> [Tensor] {
    Tensor.unbindOperator.many(.tensor(self), .int(dimension))
  }
  /// Pieces of `size` entries of a dimension; views.
  public func split(_ size: Int, along dimension: Int) -> [Tensor] {
    Tensor.splitOperator.many(.tensor(self), .int(size), .int(dimension))
  }
  /// The entries of dimensions in reverse order.
  public func flipped(_ dimensions: [Int]) -> Tensor { Tensor.flipOperator(.tensor(self), .ints(dimensions)) }
}
