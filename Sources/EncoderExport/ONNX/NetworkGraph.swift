import Foundation
import Torch
import VisionModels

/// The graph of an encoder or a classifier, of operators that every engine has (opset 17): whole images of one size, any
/// number of them.
///
/// Values are called as the module that makes them: `blocks.0.attn.out`, `norm.out`.
struct NetworkGraph {
  var builder: GraphBuilder
  let network: ExportedNetwork
  let config: VisionTransformer.Config
  let state: [String: Tensor]

  /// - Parameters:
  ///   - network: the network.
  ///   - precision: of weights and of what is computed; inputs and outputs stay what they are.
  ///   - includesPreprocessing: whether the graph takes bytes `[B, H, W, 3]` and normalises them.
  /// - Throws: ``ExportError/tooLargeForFloat16(tensor:value:)``.
  static func graph(
    of network: ExportedNetwork, precision: ExportPrecision, includesPreprocessing: Bool
  ) throws -> Onnx_GraphProto {
    var graph = NetworkGraph(network, precision)
    let image = includesPreprocessing ? graph.normalizedBytes() : graph.normalizedImage()
    var tokens = try graph.embedded(image)
    let index = graph.relativePositionIndex()
    let shared = try graph.bias("rel_pos_bias.relative_position_bias_table", index)
    for block in 0..<graph.config.blockCount {
      tokens = try graph.block(block, tokens, index: index, shared: shared)
    }
    if let head = network.head {
      try graph.score(tokens, head)
    } else {
      try graph.giveTokens(graph.norm(tokens, "norm", epsilon: graph.config.normEpsilon))
    }
    return graph.builder.graph
  }

  private init(_ network: ExportedNetwork, _ precision: ExportPrecision) {
    self.network = network
    config = network.config
    state = network.state
    builder = GraphBuilder(precision)
  }

  /// Tokens of a sequence.
  var length: Int { config.prefixCount + config.grid.count }
  /// Values of a token.
  var width: Int { config.embeddingDimension }
}

extension NetworkGraph {
  /// The weights of that name in memory.
  mutating func weight(_ name: String) throws -> String { try builder.weight(name, state[name]!) }

  /// A linear layer, `[…, in]` to `[…, out]`.
  mutating func linear(_ input: String, _ name: String) throws -> String {
    try linear(input, name, weight: state[name + ".weight"]!, bias: state[name + ".bias"])
  }

  /// A linear map whose bias may be missing; the weights `[out, in]` are written transposed, as the product takes them.
  mutating func linear(_ input: String, _ name: String, weight: Tensor, bias: Tensor?) throws -> String {
    let matrix = try builder.weight(name + ".weight", noGrad { weight.transposed(0, 1) })
    let product = builder.node("MatMul", [input, matrix], to: name + ".product")
    guard let bias else { return product }
    return builder.node("Add", [product, try builder.weight(name + ".bias", bias)], to: name + ".sum")
  }

  /// A layer normalisation of the last dimension.
  mutating func norm(_ input: String, _ name: String, epsilon: Double) throws -> String {
    builder.node(
      "LayerNormalization", [input, try weight(name + ".weight"), try weight(name + ".bias")], to: name + ".out",
      [.int("axis", -1), .float("epsilon", epsilon)])
  }

  /// The shape that values are brought to, shared by all blocks.
  mutating func shape(_ name: String, _ sizes: [Int]) -> String {
    builder.has(name) ? name : builder.integers(name, sizes)
  }

  /// A number that all blocks share.
  mutating func scalar(_ name: String, _ value: Double) throws -> String {
    try builder.has(name) ? name : builder.weight(name, Tensor(scalar: Float(value)))
  }
}
