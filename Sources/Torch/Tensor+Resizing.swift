extension Tensor {
  private static let bicubicOperator = Operator("upsample_bicubic2d", "vec")
  private static let bicubicScaledOperator = Operator("upsample_bicubic2d")
  private static let bicubicAntialiasedOperator = Operator("_upsample_bicubic2d_aa", "vec")
  private static let bilinearOperator = Operator("upsample_bilinear2d", "vec")
  private static let nearestOperator = Operator("upsample_nearest2d", "vec")

  /// Images `[B, C, H, W]` resampled to another size by bicubic interpolation, corners not aligned, where the source is
  /// stepped through by given factors between the sizes instead of the sizes' own.
  public func resizedBicubic(height: Int, width: Int, verticalScale: Double, horizontalScale: Double) -> Tensor {
    Tensor.bicubicScaledOperator(
      .tensor(self), .ints([height, width]), .bool(false), .double(verticalScale), .double(horizontalScale))
  }

  /// Images `[B, C, H, W]` resampled to another size by bicubic interpolation, corners not aligned.
  public func resizedBicubic(height: Int, width: Int, antialias: Bool = false) -> Tensor {
    let resize = antialias ? Tensor.bicubicAntialiasedOperator : Tensor.bicubicOperator
    return resize(.tensor(self), .ints([height, width]), .bool(false), .none)
  }

  /// Images `[B, C, H, W]` resampled to another size by bilinear interpolation, corners not aligned.
  public func resizedBilinear(height: Int, width: Int) -> Tensor {
    Tensor.bilinearOperator(.tensor(self), .ints([height, width]), .bool(false), .none)
  }

  /// Images `[B, C, H, W]` resampled to another size by repeating or leaving out pixels.
  public func resizedNearest(height: Int, width: Int) -> Tensor {
    Tensor.nearestOperator(.tensor(self), .ints([height, width]), .none)
  }
}
