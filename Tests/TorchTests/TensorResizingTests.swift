import Testing
import Torch

@Suite struct TensorResizingTests {
  private let row = Tensor([0, 4] as [Float], shape: [1, 1, 1, 2])

  @Test func bilinearlyBetweenPixelCentres() {
    expect(row.resizedBilinear(height: 1, width: 4), [0, 1, 3, 4], shape: [1, 1, 1, 4])
  }

  @Test func nearestRepeats() {
    expect(row.resizedNearest(height: 2, width: 3), [0, 0, 4, 0, 0, 4], shape: [1, 1, 2, 3])
  }
}
