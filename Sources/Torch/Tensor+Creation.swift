extension Tensor {
  private static let emptyOperator = Operator("empty", "memory_format")
  private static let fullOperator = Operator("full")
  private static let zerosLikeOperator = Operator("zeros_like")
  private static let emptyLikeOperator = Operator("empty_like")
  private static let arangeOperator = Operator("arange", "start")
  private static let eyeOperator = Operator("eye")

  /// A tensor whose elements are not set.
  public static func empty(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
    emptyOperator(.ints(shape), .dtype(dtype), .none, .device(device))
  }

  /// A tensor with every element equal to `value`.
  public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
    fullOperator(.ints(shape), .double(value), .dtype(dtype), .none, .device(device))
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
    full(shape, 0, dtype: dtype, device: device)
  }

  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType = .float32, device: Device = .cpu) -> Tensor {
    full(shape, 1, dtype: dtype, device: device)
  }

  /// The integers `start ..< end` as int64.
  public static func range(_ start: Int = 0, _ end: Int, device: Device = .cpu) -> Tensor {
    arangeOperator(.int(start), .int(end), .dtype(.int64), .none, .device(device))
  }

  /// The identity matrix.
  public static func identity(_ size: Int, dtype: DType = .float32, device: Device = .cpu) -> Tensor {
    eyeOperator(.int(size), .dtype(dtype), .none, .device(device))
  }

  /// Zeros of the same shape, type and device.
  public func zerosLike() -> Tensor { Tensor.zerosLikeOperator(.tensor(self)) }

  /// Unset elements of the same shape, type and device.
  public func emptyLike() -> Tensor { Tensor.emptyLikeOperator(.tensor(self)) }
}
