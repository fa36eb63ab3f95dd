extension Tensor {
  private static let convolutionOperator = Operator("conv2d")
  private static let transposedConvolutionOperator = Operator("conv_transpose2d", "input")

  /// Images `[B, C, H, W]` convolved with step 1: `weight` is `[out, C, k, k]`, `bias` `[out]`; `padding` rows and columns of
  /// zeros are put around the images.
  public func convolved(_ weight: Tensor, bias: Tensor?, padding: Int) -> Tensor {
    Tensor.convolutionOperator(
      .tensor(self), .tensor(weight), .optional(bias), .ints([1, 1]), .ints([padding, padding]))
  }

  /// Images `[B, C, H, W]` enlarged by a transposed convolution without padding: `weight` is `[C, out, k, k]`, `bias`
  /// `[out]`; neighbours' kernels lie `step` pixels apart.
  public func convolvedTransposed(_ weight: Tensor, bias: Tensor?, step: Int) -> Tensor {
    Tensor.transposedConvolutionOperator(
      .tensor(self), .tensor(weight), .optional(bias), .ints([step, step]))
  }
}
