import Testing
import Torch

@Suite struct AutogradTests {
  private func leaf(_ values: [Double], _ dtype: DType = .float64) -> Tensor {
    let tensor = vector(values, dtype)
    tensor.requiresGradient = true
    return tensor
  }

  @Test func backwardAccumulates() {
    let x = leaf([1, 2, 3])
    #expect(x.gradient == nil)
    (x * x).sum().backward()
    expect(x.gradient!, [2, 4, 6])
    (x * 3).sum().backward()
    expect(x.gradient!, [5, 7, 9])
    x.gradient = nil
    #expect(x.gradient == nil)
    x.gradient = vector([1, 1, 1], .float64)
    x.sum().backward()
    expect(x.gradient!, [2, 2, 2])
  }

  @Test func noGradLeavesNoHistory() {
    let x = leaf([1, 2])
    let inside = noGrad { x * 2 }
    #expect(!inside.requiresGradient && (x * 2).requiresGradient)
    #expect(!x.detached().requiresGradient)
    struct Stop: Error {}
    #expect(throws: Stop.self) { try noGrad { throw Stop() } }
    #expect((x * 2).requiresGradient)
    noGrad {
      noGrad {}; #expect(!(x * 2).requiresGradient)
    }
  }

  @Test func knownGradientsAreScaledByTheUpstream() {
    let x = leaf([1, 2])
    let y = leaf([5])
    let z = leaf([7, 7])
    // As if the value were 3 x₁ + 4 x₂ - y, and independent of z.
    let value = noGrad { vector([6], .float64).sum() }
    let known = value.withGradients([vector([3, 4], .float64), vector([-1], .float64), nil], of: [x, y, z])
    #expect(known.item() == 6)
    (known * 10 + (x * x).sum()).backward()
    expect(x.gradient!, [32, 44])
    expect(y.gradient!, [-10])
    #expect(z.gradient == nil)
  }

  @Test func knownGradientsReachWhatTheInputsWereMadeOf() {
    let x = leaf([1, 2])
    let hidden = x * 5
    let value = noGrad { hidden.sum() }
    (value.withGradients([vector([1, 1], .float64)], of: [hidden]) * 2).backward()
    expect(x.gradient!, [10, 10])
  }

  @Test func gradientsFlowThroughIndexing() {
    let table = matrix([[1, 2], [3, 4]], .float64)
    table.requiresGradient = true
    table.rows(Tensor([1, 1])).sum().backward()
    expect(table.gradient!, [0, 0, 2, 2])
  }
}

@Suite struct AutocastTests {
  @Test func productsAreInTheLowerPrecision() {
    let a = matrix([[1.0078125, 1], [0, 1]])
    let b = Tensor.identity(2)
    a.requiresGradient = true
    autocast(.bfloat16, on: .cpu) {
      let product = a.matmul(b)
      #expect(product.dtype == .bfloat16)
      #expect(a.linear(b).dtype == .bfloat16)
      // An operator outside autocast's list keeps the type it is given.
      #expect((a * 2).dtype == .float32)
      product.sum().backward()
      autocast(nil, on: .cpu) { #expect(a.matmul(b).dtype == .bfloat16) }
    }
    #expect(a.matmul(b).dtype == .float32)
    #expect(a.gradient!.dtype == .float32)
    expect(a.gradient!, [1, 1, 1, 1])
  }

  @Test func scopesNestAndEndOnErrors() {
    struct Stop: Error {}
    let a = Tensor.identity(2)
    autocast(.bfloat16, on: .cpu) {
      autocast(.float16, on: .cpu) { #expect(a.matmul(a).dtype == .float16) }
      #expect(a.matmul(a).dtype == .bfloat16)
    }
    #expect(throws: Stop.self) { try autocast(.bfloat16, on: .cpu) { throw Stop() } }
    #expect(a.matmul(a).dtype == .float32)
  }

  @Test func weightsAreCastAnewAfterTheScope() {
    let weight = Tensor.identity(2)
    weight.requiresGradient = true
    let x = Tensor.ones([1, 2])
    autocast(.bfloat16, on: .cpu) { expect(x.linear(weight), [1, 1]) }
    noGrad { weight.multiplyInPlace(3) }
    autocast(.bfloat16, on: .cpu) { expect(x.linear(weight), [3, 3]) }
  }
}
