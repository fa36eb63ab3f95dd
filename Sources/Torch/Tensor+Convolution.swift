extension Tensor {
  private static let convolutionOperator = Operator("conv2d")
  private static let maximumPoolOperator = Operator("max_pool2d")

  /// Images `[B, C, H, W]` convolved with step 1: `weight` is `[out, C, k, k]`, `bias` `[out]`; `padding` rows and columns of
  /// zeros are put around the images.
  public func convolved(_ weight: Tensor, bias: Tensor?, padding: Int) -> Tensor {
    Tensor.convolutionOperator(
      .tensor(self), .tensor(weight), .optional(bias), .ints([1, 1]), .ints([padding, padding]))
  }

  /// The largest values of the squares of `side` pixels that images `[B, C, H, W]` divide into.
  public func maximumPooled(_ side: Int) -> Tensor {
    Tensor.maximumPoolOperator(.tensor(self), .ints([side, side]))
  }
}
