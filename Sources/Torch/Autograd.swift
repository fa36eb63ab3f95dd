internal import CTorch

/// Runs `body` without recording a history for backward passes.
public func noGrad<Result>(_ body: () throws -> Result) rethrows -> Result {
  let before = ct_gradient_enabled()
  ct_set_gradient_enabled(false)
  defer { ct_set_gradient_enabled(before) }
  return try body()
}

extension Tensor {
  /// Whether operators on this tensor are recorded for a backward pass.
  public var requiresGradient: Bool {
    get { ct_tensor_requires_gradient(handle) }
    set { check(ct_set_requires_gradient(handle, newValue), "requiresGradient") }
  }

  /// The gradient accumulated by backward passes; nil before the first.
  public var gradient: Tensor? {
    get { ct_gradient(handle).map(Tensor.init(owning:)) }
    set { check(ct_set_gradient(handle, newValue?.handle), "gradient") }
  }

  /// Adds the gradient of this scalar to every leaf it depends on.
  public func backward() {
    check(ct_backward(handle), "backward", [.tensor(self)])
  }

  /// This scalar as a function of up to three inputs whose gradients at this point are known already.
  ///
  /// For fused computations that get the value and its gradients in one go. The gradients' memory is taken over; the
  /// backward pass, which may run once, scales them in place.
  public func withGradients(_ gradients: [Tensor?], of inputs: [Tensor]) -> Tensor {
    precondition(gradients.count == inputs.count && inputs.count <= 3, "one gradient for each of up to three inputs")
    var result: CTTensor?
    let inputHandles = inputs.map { Optional($0.handle) }
    let gradientHandles = gradients.map { $0?.handle }
    check(
      ct_with_gradients(handle, inputHandles, gradientHandles, Int64(inputs.count), &result), "withGradients")
    return Tensor(owning: result!)
  }
}
