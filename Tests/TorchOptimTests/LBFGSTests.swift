import Testing
import Torch
import TorchOptim

@Suite struct LBFGSTests {
  /// ½ xᵀA x - bᵀx with A = diag(curvatures) and b = A x* has its minimum at x*, of value -½ x*ᵀA x*.
  @Test func reachesTheClosedFormOfAnIllConditionedQuadratic() {
    let count = 40
    let curvatures = (0..<count).map { 1e-2 * Float(1 + $0 * $0) }
    let solution = (0..<count).map { Float(($0 * 7) % 11) - 5 }
    let matrix = Tensor(curvatures).to(.float64)
    let wanted = Tensor(solution).to(.float64)
    var settings = LBFGS()
    settings.gradientTolerance = 1e-6
    settings.maximumIterations = 1000
    settings.valueTolerance = 0
    let result = settings.minimize(from: Tensor.zeros([count], dtype: .float64)) { point in
      let product = matrix * point
      let linear = matrix * wanted
      return .init(value: (point * (product * 0.5 - linear)).sum().item(), gradient: product - linear)
    }
    let minimum = zip(curvatures, solution).reduce(0.0) { $0 - 0.5 * Double($1.0) * Double($1.1 * $1.1) }
    #expect(result.converged)
    #expect(result.gradientMaximum <= 1e-6)
    #expect(abs(result.value - minimum) <= 1e-9 * abs(minimum))
    for (found, expected) in zip(result.point.array(of: Double.self), solution) {
      #expect(abs(found - Double(expected)) < 2e-4)
    }
  }

  /// Rosenbrock's valley bends; its minimum is at (1, …, 1).
  @Test func followsRosenbrocksValley() {
    var settings = LBFGS()
    settings.gradientTolerance = 1e-8
    settings.valueTolerance = 0
    let start = Tensor([-1.2, 1, -0.5, 0.8, 1.5, -1] as [Double])
    let result = settings.minimize(from: start) { point in
      let x = point.array(of: Double.self)
      var value = 0.0
      var gradient = [Double](repeating: 0, count: x.count)
      for i in 0..<(x.count - 1) {
        let bend = x[i + 1] - x[i] * x[i]
        value += 100 * bend * bend + (1 - x[i]) * (1 - x[i])
        gradient[i] -= 400 * x[i] * bend + 2 * (1 - x[i])
        gradient[i + 1] += 200 * bend
      }
      return .init(value: value, gradient: Tensor(gradient))
    }
    #expect(result.converged)
    // From this start the other local minimum, near (-1, 1, …), is also a valid end; the value tells them apart.
    #expect(result.value < 1e-12 || abs(result.value - 3.97394) < 1e-3)
    #expect(start.array(of: Double.self)[0] == -1.2, "the start must stay as it is")
  }

  @Test func stepsBackWhereTheValueIsNotFinite() {
    // x - ln x, whose minimum is at 1, is not defined for x ≤ 0, where the first step from 0.01 may lead.
    let result = LBFGS().minimize(from: Tensor([0.01] as [Double])) { point in
      let x = point.item()
      return .init(value: x > 0 ? x - logarithm(x) : .nan, gradient: Tensor([x > 0 ? 1 - 1 / x : .nan]))
    }
    #expect(abs(result.point.item() - 1) < 1e-4)
  }

  @Test func stopsAtOnceInAMinimum() {
    let result = LBFGS().minimize(from: Tensor([0, 0] as [Double])) { point in
      .init(value: (point * point).sum().item(), gradient: point * 2)
    }
    #expect(result.converged && result.iterations == 0 && result.evaluations == 1)
  }

  private func logarithm(_ value: Double) -> Double { Tensor(scalar: value).logarithm().item() }
}
