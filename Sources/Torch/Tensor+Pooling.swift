extension Tensor {
  private static let maximumPoolOperator = Operator("max_pool2d")
  private static let adaptiveAveragePoolOperator = Operator("adaptive_avg_pool2d")

  /// The largest values of squares of `side` pixels of images `[B, C, H, W]`.
  ///
  /// - Parameters:
  ///   - side: rows and columns of a square.
  ///   - step: how far apart the squares lie; nil puts them side by side. A square of 1 with a step of 2 keeps every
  ///     other row and column.
  public func maximumPooled(_ side: Int, step: Int? = nil) -> Tensor {
    Tensor.maximumPoolOperator(.tensor(self), .ints([side, side]), .ints([step ?? side, step ?? side]))
  }

  /// The means of `rows` by `columns` parts of images `[B, C, H, W]`, which overlap where a side does not divide.
  public func averagePooled(rows: Int, columns: Int) -> Tensor {
    Tensor.adaptiveAveragePoolOperator(.tensor(self), .ints([rows, columns]))
  }
}
