extension Tensor {
  private static let addOperator = Operator("add", "Tensor")
  private static let addScalarOperator = Operator("add", "Scalar")
  private static let addInPlaceOperator = Operator("add_", "Tensor")
  private static let subtractOperator = Operator("sub", "Tensor")
  private static let reverseSubtractOperator = Operator("rsub", "Scalar")
  private static let multiplyOperator = Operator("mul", "Tensor")
  private static let multiplyScalarOperator = Operator("mul", "Scalar")
  private static let addProductOperator = Operator("addcmul")
  private static let multiplyInPlaceOperator = Operator("mul_", "Tensor")
  private static let multiplyScalarInPlaceOperator = Operator("mul_", "Scalar")
  private static let divideOperator = Operator("div", "Tensor")
  private static let divideInPlaceOperator = Operator("div_", "Tensor")
  private static let reciprocalOperator = Operator("reciprocal")
  private static let negateOperator = Operator("neg")
  private static let squareRootOperator = Operator("sqrt")
  private static let exponentialOperator = Operator("exp")
  private static let exponentialInPlaceOperator = Operator("exp_")
  private static let logarithmOperator = Operator("log")
  private static let absoluteOperator = Operator("abs")
  private static let inverseErrorFunctionOperator = Operator("erfinv")
  private static let clampOperator = Operator("clamp")
  private static let equalOperator = Operator("eq", "Tensor")
  private static let greaterOperator = Operator("gt", "Tensor")
  private static let isFiniteOperator = Operator("isfinite")
  private static let logicalNotOperator = Operator("logical_not")
  private static let zeroInPlaceOperator = Operator("zero_")
  private static let whereOperator = Operator("where", "self")

  /// The sum, element by element, shapes broadcast.
  public static func + (left: Tensor, right: Tensor) -> Tensor { addOperator(.tensor(left), .tensor(right)) }
  /// A number added to every element.
  public static func + (left: Tensor, right: Double) -> Tensor { addScalarOperator(.tensor(left), .double(right)) }
  /// An integer added to every element, which keeps a tensor of integers one.
  public static func + (left: Tensor, right: Int) -> Tensor { addScalarOperator(.tensor(left), .int(right)) }
  /// The difference, element by element, shapes broadcast.
  public static func - (left: Tensor, right: Tensor) -> Tensor { subtractOperator(.tensor(left), .tensor(right)) }
  /// A number subtracted from every element.
  public static func - (left: Tensor, right: Double) -> Tensor { left + -right }
  /// Every element subtracted from a number.
  public static func - (left: Double, right: Tensor) -> Tensor {
    reverseSubtractOperator(.tensor(right), .double(left))
  }
  /// The product, element by element, shapes broadcast.
  public static func * (left: Tensor, right: Tensor) -> Tensor { multiplyOperator(.tensor(left), .tensor(right)) }
  /// Every element multiplied by a number.
  public static func * (left: Tensor, right: Double) -> Tensor {
    multiplyScalarOperator(.tensor(left), .double(right))
  }
  /// Every element multiplied by a number.
  public static func * (left: Double, right: Tensor) -> Tensor { right * left }
  /// The quotient, element by element, shapes broadcast.
  public static func / (left: Tensor, right: Tensor) -> Tensor { divideOperator(.tensor(left), .tensor(right)) }
  /// Every element divided by a number.
  public static func / (left: Tensor, right: Double) -> Tensor { left * (1 / right) }
  /// Every element with the opposite sign.
  public static prefix func - (tensor: Tensor) -> Tensor { negateOperator(.tensor(tensor)) }

  /// Adds `scale` times another tensor to this one; a tensor of integers takes a whole number.
  public func addInPlace(_ other: Tensor, scale: Double = 1) {
    // libtorch takes no floating-point factor for integers, not even 1.
    let factor = dtype.isFloatingPoint ? Argument.double(scale) : .int(Int(scale))
    Tensor.addInPlaceOperator.run(.tensor(self), .tensor(other), factor)
  }

  /// `self + other · factor`, in one pass.
  public func adding(_ other: Tensor, times factor: Tensor) -> Tensor {
    Tensor.addProductOperator(.tensor(self), .tensor(other), .tensor(factor))
  }

  /// Multiplies this tensor by another.
  public func multiplyInPlace(_ other: Tensor) {
    Tensor.multiplyInPlaceOperator.run(.tensor(self), .tensor(other))
  }

  /// Multiplies this tensor by a number.
  public func multiplyInPlace(_ factor: Double) {
    Tensor.multiplyScalarInPlaceOperator.run(.tensor(self), .double(factor))
  }

  /// Divides this tensor by another.
  public func divideInPlace(_ other: Tensor) {
    Tensor.divideInPlaceOperator.run(.tensor(self), .tensor(other))
  }

  /// Sets every element to zero.
  public func zeroInPlace() { Tensor.zeroInPlaceOperator.run(.tensor(self)) }

  /// 1 / x.
  public func reciprocal() -> Tensor { Tensor.reciprocalOperator(.tensor(self)) }
  /// √x.
  public func squareRoot() -> Tensor { Tensor.squareRootOperator(.tensor(self)) }
  /// eˣ.
  public func exponential() -> Tensor { Tensor.exponentialOperator(.tensor(self)) }
  /// Replaces every x by eˣ and returns this tensor.
  public func exponentialInPlace() -> Tensor { Tensor.exponentialInPlaceOperator(.tensor(self)) }
  /// ln x.
  public func logarithm() -> Tensor { Tensor.logarithmOperator(.tensor(self)) }
  /// |x|.
  public func absolute() -> Tensor { Tensor.absoluteOperator(.tensor(self)) }
  /// The inverse of the error function.
  public func inverseErrorFunction() -> Tensor { Tensor.inverseErrorFunctionOperator(.tensor(self)) }
  /// Values below `lower` raised to it, above `upper` lowered to it.
  public func clamped(_ lower: Double?, _ upper: Double? = nil) -> Tensor {
    Tensor.clampOperator(
      .tensor(self), lower.map(Argument.double) ?? .none, upper.map(Argument.double) ?? .none)
  }
  /// Whether elements are equal, as a bool tensor.
  public func isEqual(to other: Tensor) -> Tensor { Tensor.equalOperator(.tensor(self), .tensor(other)) }
  /// Whether elements are larger than those of another tensor, as a bool tensor.
  public func isGreater(than other: Tensor) -> Tensor { Tensor.greaterOperator(.tensor(self), .tensor(other)) }
  /// Whether elements are neither infinite nor NaN, as a bool tensor.
  public func isFinite() -> Tensor { Tensor.isFiniteOperator(.tensor(self)) }
  /// The opposite of a bool tensor.
  public func logicalNot() -> Tensor { Tensor.logicalNotOperator(.tensor(self)) }
  /// Elements of `other` where `condition` holds, of `self` elsewhere.
  public func replacing(with other: Tensor, where condition: Tensor) -> Tensor {
    Tensor.whereOperator(.tensor(condition), .tensor(other), .tensor(self))
  }
}
