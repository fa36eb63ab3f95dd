import VisionModels

/// `config.json` as `transformers` reads it.
enum HuggingFaceConfig {
  /// - Returns: what the file holds.
  static func value(of network: ExportedNetwork) -> JSONValue {
    let (config, family) = (network.config, HuggingFaceFamily(of: network))
    var values: [String: JSONValue] = [
      "architectures": .list([family.architecture(isClassifier: network.head != nil)]),
      "model_type": .text(family.rawValue), "torch_dtype": "float32",
      "hidden_size": .int(config.embeddingDimension), "num_hidden_layers": .int(config.blockCount),
      "num_attention_heads": .int(config.heads), "hidden_act": "gelu", "layer_norm_eps": .double(config.normEpsilon),
      "image_size": config.imageSize.height == config.imageSize.width
        ? .int(config.imageSize.height) : .list([config.imageSize.height, config.imageSize.width]),
      "patch_size": .int(config.patchSize), "num_channels": .int(config.channels),
    ]
    values.merge(own(of: family, network)) { $1 }
    if let names = network.head?.classNames {
      let numbered = names.enumerated().map { ($0.offset, $0.element) }
      values["id2label"] = .object(Dictionary(uniqueKeysWithValues: numbered.map { ("\($0)", .text($1)) }))
      values["label2id"] = .object(Dictionary(numbered.map { ($1, .int($0)) }) { first, _ in first })
    }
    return .object(values)
  }

  /// What a family has of its own.
  private static func own(of family: HuggingFaceFamily, _ network: ExportedNetwork) -> [String: JSONValue] {
    let config = network.config
    let hidden = JSONValue.int(config.mlpRatio * config.embeddingDimension)
    switch family {
    case .vit:
      // A pooler without a function of its own gives the class token.
      return ["intermediate_size": hidden, "qkv_bias": true, "pooler_act": "linear"]
    case .beit:
      return [
        "intermediate_size": hidden, "use_mask_token": false, "use_mean_pooling": .bool(network.poolsMean),
        "use_absolute_position_embeddings": .bool(config.absolutePositions),
        "use_relative_position_bias": .bool(config.relativePositionBias == .perBlock),
        "use_shared_relative_position_bias": .bool(config.relativePositionBias == .shared),
        "layer_scale_init_value": config.layerScale.map { .double($0) } ?? 0.0,
        "drop_path_rate": 0.0,
      ]
    case .dinov2WithRegisters:
      return [
        "mlp_ratio": .int(config.mlpRatio), "qkv_bias": true, "num_register_tokens": .int(config.registers),
        "layerscale_value": config.layerScale.map { .double($0) } ?? 1.0, "use_swiglu_ffn": false,
        "drop_path_rate": 0.0,
      ]
    case .siglip: return ["intermediate_size": hidden, "vision_use_head": false]
    }
  }
}
