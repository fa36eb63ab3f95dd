import Testing
import Torch

@Suite struct TensorShapeTests {
  private let x = matrix([[1, 2, 3], [4, 5, 6]])

  @Test func reordering() {
    expect(x.reshaped([3, -1]), [1, 2, 3, 4, 5, 6], shape: [3, 2])
    expect(x.transposed(0, 1), [1, 4, 2, 5, 3, 6], shape: [3, 2])
    #expect(!x.transposed(0, 1).isContiguous && x.transposed(0, 1).contiguous().isContiguous)
    let cube = Tensor.range(0, 24).reshaped([2, 3, 4])
    expect(cube.permuted([2, 0, 1]).reshaped([-1]).narrowed(0, start: 0, count: 7), [0, 4, 8, 12, 16, 20, 1])
    #expect(cube.permuted([2, 0, 1]).shape == [4, 2, 3])
    expect(x.flipped([1]), [3, 2, 1, 6, 5, 4])
    expect(x.flipped([0, 1]), [6, 5, 4, 3, 2, 1])
  }

  @Test func dimensions() {
    #expect(x.rank == 2 && x.elementCount == 6)
    #expect(x.unsqueezed(1).shape == [2, 1, 3])
    #expect(x.unsqueezed(1).squeezed(1).shape == [2, 3])
    expect(vector([7, 8]).unsqueezed(1).expanded([-1, 3]), [7, 7, 7, 8, 8, 8], shape: [2, 3])
  }

  @Test func pieces() {
    expect(x.narrowed(1, start: 1, count: 2), [2, 3, 5, 6], shape: [2, 2])
    expect(x.selected(0, 1), [4, 5, 6], shape: [3])
    let columns = x.unbound(1)
    #expect(columns.count == 3)
    expect(columns[2], [3, 6], shape: [2])
    let parts = x.split(2, along: 1)
    #expect(parts.map(\.shape) == [[2, 2], [2, 1]])
    expect(parts[1], [3, 6])
  }

  @Test func joining() {
    expect(Tensor.concatenate([x, x], along: 1), [1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6], shape: [2, 6])
    expect(Tensor.concatenate([x, x.narrowed(0, start: 0, count: 1)]), [1, 2, 3, 4, 5, 6, 1, 2, 3], shape: [3, 3])
    expect(Tensor.stack([vector([1, 2]), vector([3, 4])], along: 1), [1, 3, 2, 4], shape: [2, 2])
  }

  @Test func viewsShareMemory() {
    let whole = Tensor.zeros([2, 3])
    whole.selected(1, 2).addInPlace(Tensor.ones([2]))
    expect(whole, [0, 0, 1, 0, 0, 1])
  }
}
