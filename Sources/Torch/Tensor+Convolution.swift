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
