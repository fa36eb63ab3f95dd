/// The type of a tensor's elements.
public enum DType: Int32, Sendable, Hashable, CaseIterable {
  // The raw values are libtorch's c10::ScalarType.
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .int64, .float64: 8
    }
  }

  /// Whether values of this type can carry a gradient.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}

/// A Swift type that is laid out as the elements of a tensor.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The tensor type with the same layout.
  static var dtype: DType { get }
}

extension UInt8: TensorElement {
  /// `.uint8`.
  public static var dtype: DType { .uint8 }
}

extension Int32: TensorElement {
  /// `.int32`.
  public static var dtype: DType { .int32 }
}

extension Int64: TensorElement {
  /// `.int64`.
  public static var dtype: DType { .int64 }
}

extension Int: TensorElement {
  /// `.int64`.
  public static var dtype: DType { .int64 }
}

extension Float: TensorElement {
  /// `.float32`.
  public static var dtype: DType { .float32 }
}

extension Double: TensorElement {
  /// `.float64`.
  public static var dtype: DType { .float64 }
}

extension Bool: TensorElement {
  /// `.bool`.
  public static var dtype: DType { .bool }
}
