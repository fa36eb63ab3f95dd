import Testing
import Torch

@Suite struct TensorPoolingTests {
  private let image = Tensor((0..<16).map { Float($0 % 7) }, shape: [1, 1, 4, 4])

  @Test func theLargestIsKept() {
    expect(image.maximumPooled(2), [5, 6, 6, 4], shape: [1, 1, 2, 2])
    expect(image.maximumPooled(1, step: 2), [0, 2, 1, 3], shape: [1, 1, 2, 2])
  }

  @Test func meansOfParts() {
    expect(image.averagePooled(rows: 1, columns: 2), [3, 2.375], shape: [1, 1, 1, 2])
    // Three parts of two overlap.
    expect(Tensor([1, 3] as [Float], shape: [1, 1, 1, 2]).averagePooled(rows: 1, columns: 3), [1, 2, 3])
  }
}
