/// Operators on many tensors at once, by libtorch's multi-tensor kernels.
public enum TensorList {
  private static let normOperator = Operator("_foreach_norm", "Scalar")
  private static let multiplyOperator = Operator("_foreach_mul_", "Tensor")
  private static let interpolateOperator = Operator("_foreach_lerp_", "Scalar")
  private static let fusedAdamWOperator = Operator("_fused_adamw_")
  private static let fusedSGDOperator = Operator("_fused_sgd_")

  /// The Euclidean norm of all elements of all tensors, as a scalar on their device.
  public static func norm(_ tensors: [Tensor]) -> Tensor {
    Tensor.stack(normOperator.many(.tensors(tensors), .double(2))).norm()
  }

  /// Multiplies every tensor by a scalar tensor.
  public static func multiplyInPlace(_ tensors: [Tensor], by factor: Tensor) {
    multiplyOperator.run(.tensors(tensors), .tensor(factor))
  }

  /// Moves every tensor towards its counterpart: `x + weight · (target - x)`.
  public static func interpolateInPlace(_ tensors: [Tensor], towards targets: [Tensor], weight: Double) {
    interpolateOperator.run(.tensors(tensors), .tensors(targets), .double(weight))
  }

  /// One AdamW update of many parameters by libtorch's fused kernel.
  ///
  /// `gradientScale` divides the gradients first; a `skip` of 1 leaves everything as it is.
  public static func fusedAdamW(
    parameters: [Tensor], gradients: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], steps: [Tensor],
    learningRate: Double, betas: (Double, Double), weightDecay: Double, epsilon: Double,
    gradientScale: Tensor?, skip: Tensor?
  ) {
    fusedAdamWOperator.run(
      .tensors(parameters), .tensors(gradients), .tensors(firstMoments), .tensors(secondMoments), .tensors([]),
      .tensors(steps), .double(learningRate), .double(betas.0), .double(betas.1), .double(weightDecay),
      .double(epsilon), .bool(false), .bool(false), .optional(gradientScale), .optional(skip))
  }

  /// One update of many parameters by libtorch's fused kernel of descent with momentum.
  ///
  /// `gradientScale` divides the gradients first; a `skip` of 1 leaves everything as it is. Velocities start at zero; without momentum
  /// there are none.
  public static func fusedSGD(
    parameters: [Tensor], gradients: [Tensor], velocities: [Tensor], learningRate: Double, momentum: Double,
    weightDecay: Double, gradientScale: Tensor?, skip: Tensor?
  ) {
    fusedSGDOperator.run(
      .tensors(parameters), .tensors(gradients), .tensors(velocities), .double(weightDecay), .double(momentum),
      .double(learningRate), .double(0), .bool(false), .bool(false), .bool(false), .optional(gradientScale),
      .optional(skip))
  }
}
