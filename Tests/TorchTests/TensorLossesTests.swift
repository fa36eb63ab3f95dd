import Testing
import Torch

@Suite struct TensorLossesTests {
  @Test func crossEntropiesAreSummedAndSomeIgnored() {
    let logits = matrix([[0, 0], [0, 1.0986123], [5, -5]])
    // ln 2, and ln 4/3 for three to one; the last row counts nothing.
    expect(logits.summedCrossEntropy(Tensor([0, 1, 255]), ignoring: 255), [0.6931472 + 0.2876821])
    let image = logits.transposed(0, 1).reshaped([1, 2, 1, 3])
    expect(image.summedCrossEntropy(Tensor([0, 1, 7], shape: [1, 1, 3]), ignoring: 7), [0.6931472 + 0.2876821])
  }

  @Test func binaryCrossEntropiesAreSummed() {
    expect(vector([0, 1.0986123]).summedBinaryCrossEntropy(vector([1, 0])), [0.6931472 + 1.3862944])
    expect(vector([0, 1.0986123]).sigmoid(), [0.5, 0.75])
  }
}
