public import Torch

/// Minimises a smooth function of one vector with the limited-memory BFGS method and a strong Wolfe line search
/// (Nocedal & Wright, Numerical Optimization, algorithms 7.4, 7.5, 3.5 and 3.6).
///
/// Full-batch and deterministic. Meant for convex problems of moderate size, such as a linear probe; the curvature is
/// that of the last few steps.
public struct LBFGS: Hashable, Sendable {
  /// Steps that the curvature is estimated from.
  public var historySize = 10
  /// Steps at most.
  public var maximumIterations = 200
  /// Converged when no element of the gradient is larger than this.
  public var gradientTolerance = 1e-5
  /// Converged when a step lowers the value by less than this part of it.
  public var valueTolerance = 1e-9

  /// Settings for a problem whose values are near 1.
  public init() {}

  /// The function at a point.
  public struct Evaluation {
    /// The value.
    public let value: Double
    /// The gradient, of the point's shape and type.
    public let gradient: Tensor

    /// A value with its gradient.
    public init(value: Double, gradient: Tensor) {
      self.value = value
      self.gradient = gradient
    }
  }

  /// Where the search ended.
  public struct Result {
    /// The best point found.
    public let point: Tensor
    /// The value there.
    public let value: Double
    /// The gradient's largest element there, without its sign.
    public let gradientMaximum: Double
    /// Steps taken.
    public let iterations: Int
    /// How often the function was evaluated.
    public let evaluations: Int
    /// Whether a tolerance ended the search, not the number of iterations.
    public let converged: Bool
  }

  /// Searches from `start`, which stays as it is.
  ///
  /// - Parameters:
  ///   - start: the first point.
  ///   - objective: value and gradient at a point; a value that is not finite shortens the step.
  public func minimize(
    from start: Tensor, _ objective: (Tensor) throws -> Evaluation
  ) rethrows -> Result {
    try noGrad {
      var search = Search(point: start.cloned(), current: try objective(start), historySize: historySize)
      while !search.converged, search.iterations < maximumIterations {
        try search.step(settings: self, objective)
      }
      return search.result
    }
  }

  /// The state between two steps.
  private struct Search {
    var point: Tensor
    var current: Evaluation
    var history: CurvatureHistory
    var iterations = 0
    var evaluations = 1
    var converged = false

    init(point: Tensor, current: Evaluation, historySize: Int) {
      self.point = point
      self.current = current
      history = CurvatureHistory(capacity: historySize)
    }

    var gradientMaximum: Double { current.gradient.absolute().maximum([0]).item() }

    var result: Result {
      Result(
        point: point, value: current.value, gradientMaximum: gradientMaximum, iterations: iterations,
        evaluations: evaluations, converged: converged)
    }

    mutating func step(settings: LBFGS, _ objective: (Tensor) throws -> Evaluation) rethrows {
      guard gradientMaximum > settings.gradientTolerance else {
        converged = true
        return
      }
      var direction = history.direction(for: current.gradient)
      var slope = direction.dot(current.gradient)
      if slope >= 0 {
        history.clear()
        direction = -current.gradient
        slope = -current.gradient.dot(current.gradient)
      }
      // Without curvature the gradient's length says nothing about the distance.
      let firstStep = history.isEmpty ? min(1, 1 / current.gradient.absolute().sum().item()) : 1
      let origin = StrongWolfeSearch.Point(step: 0, value: current.value, slope: slope, gradient: current.gradient)
      let found = try StrongWolfeSearch().search(from: origin, firstStep: firstStep) { step in
        evaluations += 1
        let there = try objective(point.adding(direction, scale: step))
        return StrongWolfeSearch.Point(
          step: step, value: there.value, slope: direction.dot(there.gradient), gradient: there.gradient)
      }
      guard let found else {
        // The value is exact to its last digits only. A stale curvature is one reason for no decrease; the other is
        // that there is none left.
        converged = history.isEmpty
        history.clear()
        return
      }
      let decrease = current.value - found.value
      converged = decrease <= settings.valueTolerance * max(1, abs(current.value))
      let move = direction * found.step
      history.add(step: move, gradientChange: found.gradient - current.gradient)
      point = point + move
      current = Evaluation(value: found.value, gradient: found.gradient)
      iterations += 1
    }
  }
}

/// The last steps and how the gradient changed over each.
private struct CurvatureHistory {
  private struct Pair {
    let step: Tensor
    let change: Tensor
    /// 1 / (step · change).
    let reciprocal: Double
  }

  private let capacity: Int
  private var pairs: [Pair] = []
  /// (step · change) / (change · change) of the last step: the scale of the inverse curvature.
  private var scale = 1.0

  init(capacity: Int) { self.capacity = capacity }

  var isEmpty: Bool { pairs.isEmpty }

  mutating func clear() { pairs.removeAll() }

  /// Remembers a step, unless the curvature along it is not positive.
  mutating func add(step: Tensor, gradientChange: Tensor) {
    let product = step.dot(gradientChange)
    let square = gradientChange.dot(gradientChange)
    guard product > 1e-10 * square.squareRoot() * step.dot(step).squareRoot() else { return }
    if pairs.count == capacity { pairs.removeFirst() }
    pairs.append(Pair(step: step, change: gradientChange, reciprocal: 1 / product))
    scale = product / square
  }

  /// Minus the estimated inverse Hessian times the gradient, by the two loops of algorithm 7.4.
  func direction(for gradient: Tensor) -> Tensor {
    let result = -gradient
    var weights: [Double] = []
    for pair in pairs.reversed() {
      let weight = pair.reciprocal * pair.step.dot(result)
      result.addInPlace(pair.change, scale: -weight)
      weights.append(weight)
    }
    if !pairs.isEmpty { result.multiplyInPlace(scale) }
    for (pair, weight) in zip(pairs, weights.reversed()) {
      result.addInPlace(pair.step, scale: weight - pair.reciprocal * pair.change.dot(result))
    }
    return result
  }
}

extension Tensor {
  /// The inner product with a vector of the same size. Waits for the device.
  fileprivate func dot(_ other: Tensor) -> Double { (self * other).sum().item() }

  /// `self + scale · other`.
  fileprivate func adding(_ other: Tensor, scale: Double) -> Tensor {
    let result = cloned()
    result.addInPlace(other, scale: scale)
    return result
  }
}
