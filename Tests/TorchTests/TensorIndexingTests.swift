import Testing
import Torch

@Suite struct TensorIndexingTests {
  private let x = matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]])

  @Test func reading() {
    expect(x.indexSelect(1, Tensor([2, 0])), [3, 1, 6, 4, 9, 7], shape: [3, 2])
    expect(x.gathered(1, Tensor([2, 0, 1], shape: [3, 1])), [3, 4, 8], shape: [3, 1])
    expect(x.rows(Tensor([2, 2, 0, 1], shape: [2, 2])), [7, 8, 9, 7, 8, 9, 1, 2, 3, 4, 5, 6], shape: [2, 2, 3])
  }

  @Test func writing() {
    let scattered = Tensor.zeros([2, 3])
    scattered.scatterInPlace(1, Tensor([2, 0], shape: [2, 1]), vector([5, 6]).unsqueezed(1))
    expect(scattered, [0, 0, 5, 6, 0, 0])
    scattered.scatterAddInPlace(1, Tensor([2, 1], shape: [2, 1]), -1)
    expect(scattered, [0, 0, 4, 6, -1, 0])
    let copied = Tensor.zeros([3, 2])
    copied.indexCopyInPlace(0, Tensor([2, 0]), matrix([[1, 2], [3, 4]]))
    expect(copied, [3, 4, 0, 0, 1, 2])
    copied.indexAddInPlace(0, Tensor([1, 1, 0]), matrix([[1, 1], [10, 20], [5, 5]]))
    expect(copied, [8, 9, 11, 21, 1, 2])
  }

  @Test func weightedSumsOfRows() {
    let table = matrix([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    table.requiresGradient = true
    let sums = table.weightedRowSums(
      Tensor([0, 2, 1, 1] as [Int32]), weights: vector([1, 0.5, 2, 3]), offsets: Tensor([0, 2, 2] as [Int32]))
    expect(sums.detached(), [4.5, 6, 7.5, 0, 0, 0, 20, 25, 30], shape: [3, 3])
    (sums * matrix([[1, 0, 0], [9, 9, 9], [0, 1, 0]])).sum().backward()
    expect(table.gradient!, [1, 0, 0, 0, 5, 0, 0.5, 0, 0])
  }

  @Test func ordering() {
    let top = matrix([[3, 9, 4], [8, 1, 8.5]]).topK(2)
    expect(top.values, [9, 4, 8.5, 8])
    #expect(top.indices.array(of: Int.self) == [1, 2, 2, 0])
    #expect(matrix([[3, 9, 4], [8, 1, 2]]).argmax(1).array(of: Int.self) == [1, 0])
    #expect(matrix([[3, 9, 4], [8, 1, 2]]).argmax(0).array(of: Int.self) == [1, 0, 0])
    let rising = vector([3, 1, 2]).sorted()
    expect(rising.values, [1, 2, 3])
    #expect(rising.indices.array(of: Int.self) == [1, 2, 0])
    expect(matrix([[3, 1], [1, 2]]).sorted(0, descending: true).values, [3, 2, 1, 1])
  }

  @Test func counting() {
    #expect(Tensor([1, 4, 1]).bincount(6).array(of: Int.self) == [0, 2, 0, 0, 1, 0])
    #expect(Tensor([2, 0]).oneHot(3).array(of: Int.self) == [0, 0, 1, 1, 0, 0])
  }
}
