/// Names that Hugging Face's `transformers` gives the tensors of ViT, DeiT, BEiT, ViTMAE, DINOv2, DINOv2 with registers and
/// DINOv3, as its versions 4 and 5 save them.
enum HuggingFaceNames {
  /// What an encoder's prefix is before.
  static let roots = ["embeddings.patch_embeddings.projection.weight", "embeddings.patch_embeddings.weight"]
  /// What the names of keys' biases end in.
  static let keyBiases = ["attention.attention.key.bias", "attention.k_proj.bias"]

  private static let embeddings = [
    "cls_token": "cls_token", "distillation_token": "dist_token", "register_tokens": "reg_token",
    "position_embeddings": "pos_embed", "patch_embeddings.projection.weight": "patch_embed.proj.weight",
    "patch_embeddings.projection.bias": "patch_embed.proj.bias", "patch_embeddings.weight": "patch_embed.proj.weight",
    "patch_embeddings.bias": "patch_embed.proj.bias",
  ]
  private static let ofBlock = [
    "layernorm_before": "norm1", "layernorm_after": "norm2", "norm1": "norm1", "norm2": "norm2",
    "attention.output.dense": "attn.proj", "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
    "mlp.fc1": "mlp.fc1", "mlp.fc2": "mlp.fc2", "attention.o_proj": "attn.proj", "mlp.up_proj": "mlp.fc1",
    "mlp.down_proj": "mlp.fc2",
  ]
  private static let wholeOfBlock = [
    "lambda_1": "ls1.gamma", "lambda_2": "ls2.gamma", "layer_scale1.lambda1": "ls1.gamma",
    "layer_scale2.lambda1": "ls2.gamma",
    "attention.attention.relative_position_bias.relative_position_bias_table": "attn.relative_position_bias_table",
  ]

  /// Our name of a tensor, behind the encoder's prefix; nil for what is no part of an encoder.
  static func own(_ name: String, keysHaveBias: Bool) -> EncoderNames.Place? {
    let parts = name.split(separator: ".")
    func rest(_ count: Int) -> String { parts.dropFirst(count).joined(separator: ".") }
    switch parts.first {
    case "embeddings": return embeddings[rest(1)].map { .init(name: $0) }
    case "layernorm", "norm": return .init(name: "norm." + rest(1))
    case "encoder" where parts.count > 3 && parts[1] == "layer":
      return ofBlock(rest(3), keysHaveBias: keysHaveBias).map { $0.inBlock(parts[2]) }
    case "layer" where parts.count > 2:
      return ofBlock(rest(2), keysHaveBias: keysHaveBias).map { $0.inBlock(parts[1]) }
    case "encoder" where rest(1) == "relative_position_bias.relative_position_bias_table":
      return .init(name: "rel_pos_bias.relative_position_bias_table")
    default: return nil
    }
  }

  private static func ofBlock(_ name: String, keysHaveBias: Bool) -> EncoderNames.Place? {
    if let own = wholeOfBlock[name] { return .init(name: own) }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let (layer, kind) = (String(name[..<dot]), String(name[name.index(after: dot)...]))
    if let own = ofBlock[layer] { return .init(name: own + "." + kind) }
    let projections =
      [["query", "key", "value"].map { "attention.attention." + $0 }]
      + [["q_proj", "k_proj", "v_proj"].map { "attention." + $0 }]
    guard let part = projections.lazy.compactMap({ $0.firstIndex(of: layer) }).first else { return nil }
    guard kind == "bias", !keysHaveBias else { return .init(name: "attn.qkv." + kind, part: part) }
    return .init(name: part == 0 ? "attn.q_bias" : "attn.v_bias")
  }
}

extension EncoderNames.Place {
  /// The same of a block.
  fileprivate func inBlock(_ number: Substring) -> Self { .init(name: "blocks.\(number).\(name)", part: part) }
}
