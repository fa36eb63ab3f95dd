import Testing
import Torch

@Suite struct TensorReductionTests {
  private let x = matrix([[1, 2, 6], [4, -5, 4]])

  @Test func sumsAndMeans() {
    expect(x.sum(), [12], shape: [])
    expect(x.sum([0]), [5, -3, 10])
    expect(x.sum([1], keepingDimensions: true), [9, 3], shape: [2, 1])
    expect(x.mean(), [2], shape: [])
    expect(x.mean([1]), [3, 1])
    expect(x.mean([0, 1], keepingDimensions: true), [2], shape: [1, 1])
    // Row 1: deviations -2, -1, 3; squares sum to 14. Row 2: 3, -6, 3; 54.
    expect(x.variance([1]), [7, 27])
    expect(x.variance([1], correction: 0, keepingDimensions: true), [14.0 / 3, 18], shape: [2, 1], within: 1e-5)
  }

  @Test func extremes() {
    expect(x.maximum([1]), [6, 4])
    expect(x.minimum([0], keepingDimensions: true), [1, -5, 4], shape: [1, 3])
    expect(x.maximum([]), [6], shape: [])
  }

  @Test func exponentials() {
    let logits = matrix([[0, 0.6931471805599453], [1000, 1000]], .float64)
    expect(logits.logSumExp([1]), [1.0986122886681098, 1000.6931471805599], within: 1e-9)
    expect(logits.softmax(1), [1.0 / 3, 2.0 / 3, 0.5, 0.5], within: 1e-9)
    expect(logits.logSoftmax(1).exponential(), [1.0 / 3, 2.0 / 3, 0.5, 0.5], within: 1e-9)
  }

  @Test func norms() {
    let y = matrix([[3, 4], [0, 0]])
    expect(y.norm([1]), [5, 0])
    expect(y.norm(), [5], shape: [])
    expect(y.normalized(1), [0.6, 0.8, 0, 0])
    let columns = [68, 116, 208].map { Double($0).squareRoot() }
    expect((x * 2).norm([0], keepingDimensions: true), columns, shape: [1, 3], within: 1e-5)
  }

  @Test func truth() {
    #expect(Tensor([true, true]).all().item() == 1)
    #expect(Tensor([true, false]).all().item() == 0)
    #expect(x.hasSameValues(as: x.cloned()))
    #expect(!x.hasSameValues(as: x + 1.0))
    #expect(!x.hasSameValues(as: x.reshaped([3, 2])))
    #expect(!vector([.nan]).hasSameValues(as: vector([.nan])))
  }
}
