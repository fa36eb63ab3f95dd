import Testing
import Torch

@Suite struct TensorArithmeticTests {
  private let x = vector([1, 2, -4])
  private let y = vector([3, -1, 0.5])

  @Test func sums() {
    expect(x + y, [4, 1, -3.5])
    expect(x + 1.5, [2.5, 3.5, -2.5])
    expect(x - y, [-2, 3, -4.5])
    expect(x - 0.5, [0.5, 1.5, -4.5])
    expect(1.0 - x, [0, -1, 5])
    expect(-x, [-1, -2, 4])
    expect(x.adding(y, times: vector([2, 10, 4])), [7, -8, -2])
    expect(matrix([[1, 2], [3, 4]]) + vector([10, 20]), [11, 22, 13, 24], shape: [2, 2])
  }

  @Test func integersStayIntegers() {
    let numbers = Tensor([1, 2, 3])
    #expect((numbers + 4).dtype == .int64)
    expect(numbers + 4, [5, 6, 7])
    numbers.addInPlace(Tensor([10, 20, 30]))
    numbers.addInPlace(Tensor([1, 1, 1]), scale: -2)
    #expect(numbers.array(of: Int.self) == [9, 20, 31])
  }

  @Test func products() {
    expect(x * y, [3, -2, -2])
    expect(x * 2.5, [2.5, 5, -10])
    expect(2.5 * x, [2.5, 5, -10])
    expect(x / y, [1.0 / 3, -2, -8])
    expect(x / 4, [0.25, 0.5, -1])
  }

  @Test func changesInPlace() {
    let z = vector([1, 2, 3])
    let alias = z.narrowed(0, start: 0, count: 1)
    z.addInPlace(vector([1, 1, 1]), scale: 3)
    expect(z, [4, 5, 6])
    expect(alias, [4])
    z.multiplyInPlace(vector([1, 2, 3]))
    expect(z, [4, 10, 18])
    z.multiplyInPlace(0.5)
    expect(z, [2, 5, 9])
    z.divideInPlace(vector([2, 5, 3]))
    expect(z, [1, 1, 3])
    expect(z.exponentialInPlace(), [2.718281828, 2.718281828, 20.08553692], within: 1e-5)
    expect(z, [2.718281828, 2.718281828, 20.08553692], within: 1e-5)
    z.zeroInPlace()
    expect(z, [0, 0, 0])
  }

  @Test func functions() {
    let positive = vector([1, 4, 0.25], .float64)
    expect(positive.reciprocal(), [1, 0.25, 4])
    expect(positive.squareRoot(), [1, 2, 0.5])
    expect(positive.exponential(), [2.718281828459, 54.598150033144, 1.284025416688], within: 1e-9)
    expect(positive.logarithm(), [0, 1.386294361120, -1.386294361120], within: 1e-9)
    expect(x.absolute(), [1, 2, 4])
    // erf(0.5) = 0.520499877813
    expect(
      vector([0.520499877813, 0, -0.520499877813], .float64).inverseErrorFunction(), [0.5, 0, -0.5], within: 1e-9)
    expect(x.clamped(-1, 1.5), [1, 1.5, -1])
    expect(x.clamped(0), [1, 2, 0])
    expect(x.clamped(nil, 0), [0, 0, -4])
  }

  @Test func comparisons() {
    let equal = x.isEqual(to: vector([1, 0, -4]))
    #expect(equal.dtype == .bool && equal.array(of: Bool.self) == [true, false, true])
    #expect(equal.logicalNot().array(of: Bool.self) == [false, true, false])
    #expect(vector([1, .nan, .infinity, -.infinity]).isFinite().array(of: Bool.self) == [true, false, false, false])
    expect(x.replacing(with: y, where: equal), [3, 2, 0.5])
  }
}
