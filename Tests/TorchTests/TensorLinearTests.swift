import Testing
import Torch

@Suite struct TensorLinearTests {
  private let a = matrix([[1, 2], [3, 4]])
  private let b = matrix([[5, 6], [7, 8]])

  @Test func products() {
    expect(a.matmul(b), [19, 22, 43, 50])
    expect(Tensor.stack([a, b]).matmul(b), [19, 22, 43, 50, 67, 78, 91, 106], shape: [2, 2, 2])
    expect(a.linear(matrix([[1, 0], [1, 1], [0, 2]])), [1, 3, 4, 3, 7, 8], shape: [2, 3])
    expect(a.linear(matrix([[1, 0], [1, 1]]), bias: vector([10, 20])), [11, 23, 13, 27])
    expect(a.matmul(b, adding: vector([1, -1])), [20, 21, 44, 49])
  }

  @Test func productsInPlace() {
    let sum = Tensor.ones([2, 2])
    sum.addMatrixProductInPlace(a, b)
    expect(sum, [20, 23, 44, 51])
    sum.addMatrixProductInPlace(a, b, beta: 2, alpha: -1)
    expect(sum, [21, 24, 45, 52])
    sum.setMatrixProduct(a, b, adding: vector([100, 200]))
    expect(sum, [119, 222, 143, 250])
    let rows = Tensor.zeros([3, 2])
    rows.narrowed(0, start: 1, count: 2).setMatrixProduct(a, b.transposed(0, 1), adding: vector([0, 0]))
    expect(rows, [0, 0, 17, 23, 39, 53])
  }

  @Test func layerNormalisationMatchesTheDefinition() throws {
    let golden = try golden("layers/layer_norm")
    let inputs = ["input", "weight", "bias"].map { golden[$0]! }
    for input in inputs { input.requiresGradient = true }
    let output = inputs[0].layerNorm(weight: inputs[1], bias: inputs[2], epsilon: 1e-6)
    expect(output, equals: golden["output"]!, within: 1e-5)
    (output * golden["output_gradient"]!).sum().backward()
    expect(inputs[0].gradient!, equals: golden["gradient_input"]!, within: 5e-3)
    expect(inputs[1].gradient!, equals: golden["gradient_weight"]!, within: 1e-4)
    expect(inputs[2].gradient!, equals: golden["gradient_bias"]!, within: 1e-5)
    expect(matrix([[1, 3]]).layerNorm(weight: nil, bias: nil, epsilon: 0), [-1, 1])
  }

  @Test func theGELUIsTheExactOne() throws {
    let golden = try golden("layers/gelu")
    let input = golden["input"]!
    input.requiresGradient = true
    let output = input.gelu()
    expect(output, equals: golden["output"]!, within: 1e-6)
    (output * golden["output_gradient"]!).sum().backward()
    expect(input.gradient!, equals: golden["gradient_input"]!, within: 1e-5)
  }

  @Test func attentionMatchesTheFormula() {
    // One head, two tokens of two values: weights softmax([1, 0] / √2) for the first query.
    let query = matrix([[1, 0], [0, 1]], .float64).reshaped([1, 1, 2, 2])
    let value = matrix([[1, 2], [3, 6]], .float64).reshaped([1, 1, 2, 2])
    let own = 1 / (1 + 0.4930686913952398)  // e^(-1/√2)
    let mixed = Tensor.scaledDotProductAttention(query: query, key: query, value: value)
    let other = 1 - own
    expect(
      mixed, [own + 3 * other, 2 * own + 6 * other, other + 3 * own, 2 * other + 6 * own], shape: [1, 1, 2, 2],
      within: 1e-9)
  }

  @Test func crossEntropy() {
    let logits = matrix([[0, 0.6931471805599453], [0, 0]], .float64)
    // -ln(2/3) and -ln(1/2); smoothing mixes in the mean over the classes.
    expect(logits.crossEntropy(Tensor([1, 0])), [(0.4054651081 + 0.6931471806) / 2], within: 1e-9)
    let smooth = (0.9 * 0.4054651081 + 0.1 * (0.4054651081 + 1.0986122887) / 2 + 0.6931471806) / 2
    expect(logits.crossEntropy(Tensor([1, 0]), labelSmoothing: 0.1), [smooth], within: 1e-9)
  }

  @Test(arguments: ["halved", "oblong", "squeezed"]) func resizingMatchesPyTorch(name: String) throws {
    let golden = try golden("layers/position_table")
    let grids = golden["\(name).grids"]!.array(of: Int.self)
    let table = golden["\(name).input"]!
    let images = table.narrowed(1, start: 1, count: grids[0] * grids[1]).reshaped([1, grids[0], grids[1], 3])
      .permuted([0, 3, 1, 2])
    for (kind, antialias) in [("plain", false), ("antialiased", true)] {
      let resized = images.resizedBicubic(height: grids[2], width: grids[3], antialias: antialias)
      let expected = golden["\(name).\(kind)"]!.narrowed(1, start: 1, count: grids[2] * grids[3])
      expect(resized.permuted([0, 2, 3, 1]).reshaped([1, -1, 3]), equals: expected, within: 1e-5)
    }
  }
}
