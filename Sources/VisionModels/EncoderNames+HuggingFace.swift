/// Names that Hugging Face's `transformers` gives the tensors of ViT, DeiT, BEiT, ViTMAE, DINOv2 and DINOv2 with registers, as
/// its versions 4 and 5 save them.
enum HuggingFaceNames {
  /// What an encoder's prefix is before.
  static let root = "embeddings.patch_embeddings.projection.weight"

  private static let embeddings = [
    "cls_token": "cls_token", "distillation_token": "dist_token", "register_tokens": "reg_token",
    "position_embeddings": "pos_embed", "patch_embeddings.projection.weight": "patch_embed.proj.weight",
    "patch_embeddings.projection.bias": "patch_embed.proj.bias",
  ]
  private static let ofBlock = [
    "layernorm_before": "norm1", "layernorm_after": "norm2", "norm1": "norm1", "norm2": "norm2",
    "attention.output.dense": "attn.proj", "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
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
    case "layernorm": return .init(name: "norm." + rest(1))
    case "encoder" where parts.count > 3 && parts[1] == "layer":
      return ofBlock(rest(3), keysHaveBias: keysHaveBias).map {
        .init(name: "blocks.\(parts[2]).\($0.name)", part: $0.part)
      }
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
    guard let part = ["query", "key", "value"].firstIndex(where: { layer == "attention.attention." + $0 }) else {
      return nil
    }
    guard kind == "bias", !keysHaveBias else { return .init(name: "attn.qkv." + kind, part: part) }
    return .init(name: part == 0 ? "attn.q_bias" : "attn.v_bias")
  }
}
