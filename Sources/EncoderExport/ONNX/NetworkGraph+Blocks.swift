import Torch
import VisionModels

extension NetworkGraph {
  /// A pre-norm transformer block.
  mutating func block(_ block: Int, _ tokens: String, index: String?, shared: String?) throws -> String {
    let name = "blocks.\(block)"
    let own = try bias("\(name).attn.relative_position_bias_table", index)
    let attended = try attention(
      norm(tokens, name + ".norm1", epsilon: config.normEpsilon), name + ".attn", bias: own ?? shared)
    let middle = builder.node("Add", [tokens, try scaled(attended, name + ".ls1")], to: name + ".attended")
    let hidden = try mlp(norm(middle, name + ".norm2", epsilon: config.normEpsilon), name + ".mlp")
    return builder.node("Add", [middle, try scaled(hidden, name + ".ls2")], to: name + ".out")
  }

  private mutating func attention(_ input: String, _ name: String, bias: String?) throws -> String {
    let side = width / config.heads
    var parts: [String] = []
    let biases = projectionBiases(name)
    for (index, part) in ["q", "k", "v"].enumerated() {
      let weight = state[name + ".qkv.weight"]!.narrowed(0, start: index * width, count: width)
      let rows = try linear(input, "\(name).\(part)", weight: weight, bias: biases[index])
      let heads = builder.node(
        "Reshape", [rows, shape("attn.shape", [-1, length, config.heads, side])], to: "\(name).\(part).heads")
      // Keys are transposed for the product at once.
      let order = part == "k" ? [0, 2, 3, 1] : [0, 2, 1, 3]
      parts.append(builder.node("Transpose", [heads], to: "\(name).\(part).out", [.ints("perm", order)]))
    }
    let factor = try scalar("attn.scale", 1 / Double(side).squareRoot())
    let queries = builder.node("Mul", [parts[0], factor], to: name + ".q.scaled")
    var scores = builder.node("MatMul", [queries, parts[1]], to: name + ".scores")
    if let bias { scores = builder.node("Add", [scores, bias], to: name + ".scores.biased") }
    let shares = builder.node("Softmax", [scores], to: name + ".softmax", [.int("axis", -1)])
    let mixed = builder.node("MatMul", [shares, parts[2]], to: name + ".mixed")
    let rows = builder.node("Transpose", [mixed], to: name + ".mixed.rows", [.ints("perm", [0, 2, 1, 3])])
    let joined = builder.node("Reshape", [rows, shape("tokens.shape", [-1, length, width])], to: name + ".joined")
    return try linear(joined, name + ".proj")
  }

  /// The biases of queries, keys and values; nil where keys have none.
  private func projectionBiases(_ name: String) -> [Tensor?] {
    if let bias = state[name + ".qkv.bias"] { return bias.split(width, along: 0) }
    return [state[name + ".q_bias"], nil, state[name + ".v_bias"]]
  }

  private mutating func mlp(_ input: String, _ name: String) throws -> String {
    let hidden = try linear(input, name + ".fc1")
    // The exact GELU: x · (1 + erf(x / √2)) / 2.
    let divided = builder.node(
      "Div", [hidden, try scalar("gelu.divisor", 2.0.squareRoot())], to: name + ".gelu.divided")
    let error = builder.node("Erf", [divided], to: name + ".gelu.erf")
    let raised = builder.node("Add", [error, try scalar("gelu.one", 1)], to: name + ".gelu.raised")
    let doubled = builder.node("Mul", [hidden, raised], to: name + ".gelu.doubled")
    let activated = builder.node("Mul", [doubled, try scalar("gelu.half", 0.5)], to: name + ".gelu.out")
    return try linear(activated, name + ".fc2")
  }

  private mutating func scaled(_ branch: String, _ name: String) throws -> String {
    guard state[name + ".gamma"] != nil else { return branch }
    return builder.node("Mul", [branch, try weight(name + ".gamma")], to: name + ".out")
  }

  /// The rows of a table of relative positions that pairs of tokens have, `[N, N]`; nil without relative positions.
  mutating func relativePositionIndex() -> String? {
    guard config.relativePositionBias != .none else { return nil }
    let index = RelativePositions(grid: config.grid, prefixCount: config.prefixCount).index(nil, on: .cpu)
    return builder.integers("relative_position_index", index.array(of: Int.self), shape: [length, length])
  }

  /// What a table adds to the scores, `[heads, N, N]`; nil where there is none.
  mutating func bias(_ table: String, _ index: String?) throws -> String? {
    guard let index, let values = state[table] else { return nil }
    let name = try builder.weight(table, noGrad { values.transposed(0, 1) })
    return builder.node("Gather", [name, index], to: table + ".bias", [.int("axis", 1)])
  }
}
