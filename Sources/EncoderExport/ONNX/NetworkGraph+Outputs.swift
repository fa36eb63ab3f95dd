import VisionModels

extension NetworkGraph {
  /// What an encoder gives.
  mutating func giveTokens(_ tokens: String) throws {
    if config.classToken {
      give("class_token", [nil, width], "The class token after the last normalisation.", classToken(tokens))
    }
    let patches = patchTokens(tokens)
    give(
      "patch_tokens", [nil, config.grid.count, width], "The patches' tokens after the last normalisation, row by row.",
      patches)
    give("pooled", [nil, width], "The mean of the patch tokens: what 'splitmask embed' writes.", mean(patches))
  }

  /// What a classifier gives.
  mutating func score(_ tokens: String, _ head: ExportedNetwork.Head) throws {
    let pooled =
      head.pooling == .mean
      ? try norm(mean(patchTokens(tokens)), "fc_norm", epsilon: ExportedNetwork.headNormEpsilon)
      : classToken(try norm(tokens, "norm", epsilon: config.normEpsilon))
    let scores = try linear(pooled, "head")
    let probabilities = builder.node("Softmax", [scores], to: "head.softmax", [.int("axis", -1)])
    let count = head.classNames.count
    give("probabilities", [nil, count], "Of each class, in the order of class_names.", probabilities)
    give("logits", [nil, count], "The scores whose softmax the probabilities are.", scores)
  }

  private mutating func give(_ name: String, _ shape: [Int?], _ explanation: String, _ value: String) {
    builder.declareOutput(name, shape, explanation)
    let float = Onnx_TensorProto.DataType.float.rawValue
    if builder.precision == .float16 {
      _ = builder.node("Cast", [value], to: name, [.int("to", float)])
    } else {
      _ = builder.node("Identity", [value], to: name)
    }
  }

  private mutating func classToken(_ tokens: String) -> String {
    let first = slice(tokens, from: 0, to: 1, name: "class_token")
    let shape = builder.integers("class_token.shape", [-1, width])
    return builder.node("Reshape", [first, shape], to: "class_token.row")
  }

  private mutating func patchTokens(_ tokens: String) -> String {
    config.prefixCount == 0 ? tokens : slice(tokens, from: config.prefixCount, to: length, name: "patch_tokens")
  }

  private mutating func slice(_ tokens: String, from start: Int, to end: Int, name: String) -> String {
    let bounds = [("starts", start), ("ends", end), ("axes", 1)].map { builder.integers("\(name).\($0)", [$1]) }
    return builder.node("Slice", [tokens] + bounds, to: name + ".slice")
  }

  private mutating func mean(_ patches: String) -> String {
    builder.node("ReduceMean", [patches], to: "pooled.mean", [.ints("axes", [1]), .int("keepdims", 0)])
  }
}
