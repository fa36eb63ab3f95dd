import Torch
import VisionModels

/// The tensors of a network by the names that `transformers` gives them.
struct HuggingFaceState {
  /// Every tensor, in float32.
  private(set) var tensors: [String: Tensor] = [:]
  private let family: HuggingFaceFamily
  private let config: VisionTransformer.Config
  private let state: [String: Tensor]
  private let prefix: String

  /// - Throws: never for a network that has a family; `InvalidSetting` as `VisionTransformer.converted(to:)`.
  init(of network: ExportedNetwork) throws {
    family = HuggingFaceFamily(of: network)
    prefix = family == .siglip || network.head != nil ? family.prefix : ""
    var network = network
    if family != .beit { network = try network.converted { $0.keyBias = true } }
    // SigLIP has no layer scale: its factors are a part of the weights before them.
    if family == .siglip { network = try network.converted { $0.layerScale = nil } }
    config = network.config
    state = family == .beit ? network.stateWithoutKeyBias : network.state
    noGrad {
      addEmbeddings()
      for index in 0..<config.blockCount { addBlock(index) }
      addEnd(isClassifier: network.head != nil)
    }
  }

  private mutating func add(_ name: String, _ value: Tensor?) {
    guard let value else { return }
    tensors[prefix + name] = value.to(.cpu).to(.float32).contiguous()
  }

  /// Adds weight and bias of a layer.
  private mutating func add(layer name: String, _ own: String) {
    for part in [".weight", ".bias"] { add(name + part, state[own + part]) }
  }

  private mutating func addEmbeddings() {
    guard family != .siglip else {
      add(layer: "embeddings.patch_embedding", "patch_embed.proj")
      return add("embeddings.position_embedding.weight", state["pos_embed"]?.selected(0, 0))
    }
    add(layer: "embeddings.patch_embeddings.projection", "patch_embed.proj")
    add("embeddings.cls_token", state["cls_token"])
    add("embeddings.position_embeddings", state["pos_embed"])
    add(
      "encoder.relative_position_bias.relative_position_bias_table", state["rel_pos_bias.relative_position_bias_table"])
    guard family == .dinov2WithRegisters else { return }
    add("embeddings.register_tokens", state["reg_token"])
    add("embeddings.mask_token", Tensor.zeros([1, config.embeddingDimension]))
  }

  private mutating func addBlock(_ index: Int) {
    let (own, names) = ("blocks.\(index).", LayerNames(family))
    let name = (family == .siglip ? "encoder.layers.\(index)." : "encoder.layer.\(index).")
    addProjections(name + names.attention, own + "attn.")
    for (theirs, layer) in names.layers { add(layer: name + theirs, own + layer) }
    add(
      name + "attention.attention.relative_position_bias.relative_position_bias_table",
      state[own + "attn.relative_position_bias_table"])
    for (theirs, scale) in [(names.scales.0, "ls1.gamma"), (names.scales.1, "ls2.gamma")] {
      let one = family == .dinov2WithRegisters ? Tensor.ones([config.embeddingDimension]) : nil
      add(name + theirs, state[own + scale] ?? one)
    }
  }

  /// Queries, keys and values, which are one layer in memory.
  private mutating func addProjections(_ name: String, _ own: String) {
    let names = family == .siglip ? ["q_proj", "k_proj", "v_proj"] : ["query", "key", "value"]
    let weights = state[own + "qkv.weight"]!.split(config.embeddingDimension, along: 0)
    let biases = state[own + "qkv.bias"]?.split(config.embeddingDimension, along: 0)
    let parts = biases.map { $0.map(Optional.some) } ?? [state[own + "q_bias"], nil, state[own + "v_bias"]]
    for (index, part) in names.enumerated() {
      add(name + part + ".weight", weights[index])
      add(name + part + ".bias", parts[index])
    }
  }

  private mutating func addEnd(isClassifier: Bool) {
    add(layer: family == .siglip ? "post_layernorm" : "layernorm", "norm")
    add(layer: "pooler.layernorm", "fc_norm")
    guard isClassifier else {
      if family == .vit { addPooler() }
      return
    }
    let weight = state["head.weight"]!
    // DINOv2's classifier sees the mean of the patch tokens beside the class token; here it counts for nothing.
    tensors["classifier.weight"] =
      family == .dinov2WithRegisters ? Tensor.concatenate([weight, weight.zerosLike()], along: 1) : weight
    tensors["classifier.bias"] = state["head.bias"]
  }

  /// ViT's pooler as the identity.
  private mutating func addPooler() {
    let width = config.embeddingDimension
    add("pooler.dense.weight", Tensor.identity(width))
    add("pooler.dense.bias", Tensor.zeros([width]))
  }
}

/// What a family calls the layers of a block.
private struct LayerNames {
  let attention: String
  let layers: [(theirs: String, own: String)]
  let scales: (String, String)

  init(_ family: HuggingFaceFamily) {
    switch family {
    case .vit, .beit:
      attention = "attention.attention."
      layers = [
        ("layernorm_before", "norm1"), ("layernorm_after", "norm2"), ("attention.output.dense", "attn.proj"),
        ("intermediate.dense", "mlp.fc1"), ("output.dense", "mlp.fc2"),
      ]
      scales = ("lambda_1", "lambda_2")
    case .dinov2WithRegisters:
      attention = "attention.attention."
      layers = [
        ("norm1", "norm1"), ("norm2", "norm2"), ("attention.output.dense", "attn.proj"), ("mlp.fc1", "mlp.fc1"),
        ("mlp.fc2", "mlp.fc2"),
      ]
      scales = ("layer_scale1.lambda1", "layer_scale2.lambda1")
    case .siglip:
      attention = "self_attn."
      layers = [
        ("layer_norm1", "norm1"), ("layer_norm2", "norm2"), ("self_attn.out_proj", "attn.proj"),
        ("mlp.fc1", "mlp.fc1"), ("mlp.fc2", "mlp.fc2"),
      ]
      scales = ("", "")
    }
  }
}
