import Torch

/// The names of an encoder's tensors in files of timm, DeiT, MAE, DINO, DINOv2, MoCo v3, BEiT and Hugging Face, told apart by
/// the names alone.
///
/// In memory they are timm's plain vision transformer's, with BEiT's for what only BEiT has. An encoder is where a name ends in
/// `patch_embed.proj.weight`: what is before that (`module.`, `state_dict.model.`, `teacher.backbone.`) is the encoder's prefix,
/// and what does not begin with it (optimizers, losses, another network) is no part of the encoder. BEiT calls layer scale
/// `gamma_1` and `gamma_2`; what pretraining needs and an encoder lacks (heads, mask tokens, MAE's decoder) is left aside.
struct EncoderNames {
  /// Where a tensor of a file goes.
  struct Place {
    /// Our name.
    let name: String
    /// Which of several that are ours one under the other: queries, keys, values.
    var part = 0
  }

  /// The place of every tensor that belongs to the encoder, by the file's name.
  let encoder: [String: Place]
  /// The file's names of the others, sorted.
  let ignored: [String]
  /// What the encoder's names begin with: empty, or something that ends in a dot.
  let prefix: String
  /// The prefixes of other encoders in the file, sorted.
  let otherPrefixes: [String]
  private let isHuggingFace: Bool

  private static let root = "patch_embed.proj.weight"
  /// What `torch.compile`, FSDP and activation checkpointing put between the parts of a name.
  private static let wrappers: Set<Substring> = [
    "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module",
  ]
  /// First parts of names that are no part of an encoder.
  private static let others: Set<Substring> = ["head", "fc_norm", "lm_head", "mask_token", "head_dist"]
  /// First parts of what a checkpoint holds beside a network that has no prefix.
  private static let besides: Set<Substring> = [
    "optimizer", "optimizer_states", "lr_scheduler", "lr_schedulers", "scheduler", "scaler", "amp", "dino_loss",
    "epoch",
  ]

  /// - Throws: ``EncoderFileError`` where the file holds several encoders and none is the one that is usually taken.
  init(of names: some Collection<String>, path: String) throws {
    func prefixes(before root: String) -> Set<String> {
      Set(names.filter { ("." + $0).hasSuffix("." + root) }.map { String($0.dropLast(root.count)) })
    }
    let plain = prefixes(before: Self.root)
    let prefixes = plain.isEmpty ? HuggingFaceNames.roots.map(prefixes).reduce([]) { $0.union($1) } : plain
    isHuggingFace = plain.isEmpty && !prefixes.isEmpty
    prefix = try Self.preferred(prefixes, path: path)
    otherPrefixes = prefixes.subtracting([prefix]).sorted()
    let (prefix, isHuggingFace) = (prefix, isHuggingFace)
    try Self.checkSupport(names.filter { $0.hasPrefix(prefix) }, path: path)
    if prefixes.isEmpty { try Self.checkKind(names, path: path) }
    let keysHaveBias = names.contains { name in HuggingFaceNames.keyBiases.contains { name.hasSuffix($0) } }
    func place(_ name: String) -> Place? {
      guard isHuggingFace else { return Self.own(name, prefix: prefix).map { Place(name: $0) } }
      guard name.hasPrefix(prefix) else { return nil }
      return HuggingFaceNames.own(String(name.dropFirst(prefix.count)), keysHaveBias: keysHaveBias)
    }
    // An encoder without a prefix, too, has nothing of another one.
    let foreign = otherPrefixes.filter { $0.count > prefix.count }
    var encoder: [String: Place] = [:]
    var ignored: [String] = []
    for name in names {
      if !foreign.contains(where: { name.hasPrefix($0) }), let place = place(name) {
        encoder[name] = place
      } else {
        ignored.append(name)
      }
    }
    self.encoder = encoder
    self.ignored = ignored.sorted()
  }

  /// Parts of names that only networks of other kinds have, and what those are.
  private static let unsupported: [(marks: [String], kind: String)] = [
    (
      [".mlp.w12.", ".mlp.weights_in.", ".mlp.fc1_g.", ".mlp.gate_proj."],
      "its hidden layers are gated (SwiGLU), as those of DINOv2's ViT-g and DINOv3's ViT-H+: take ViT-S, ViT-B or ViT-L"
    ),
    (
      ["rope_embed.periods", "attn.qkv.bias_mask"],
      "it is DINOv3 in the names of its own code: take its release for Hugging Face's transformers or timm"
    ),
    (
      ["norm_pre.weight", "pre_layrnorm.weight", "visual.ln_pre.weight"],
      "it normalises tokens before its blocks, as CLIP's: take DINOv2, DINO, MAE, DeiT or BEiT"
    ),
  ]

  /// Parts of names that no vision transformer has, and what has them.
  private static let strangers: [(marks: [String], kind: String)] = [
    (
      ["rpn.", "roi_heads.", "bbox_head.", "bbox_embed.", "box_predictor."],
      "a detector's with a backbone of another kind"
    ),
    (
      ["token_embedding.weight", "word_embeddings.weight", "embed_tokens.weight", "text_model.", "text_projection"],
      "a text encoder's"
    ),
    (
      ["layer1.0.conv1.weight", "layer1.0.conv2.weight", "stages.0.", "features.0.", "downsample_layers.0."],
      "a convolutional network's"
    ),
  ]

  private static func checkSupport(_ names: [String], path: String) throws {
    guard let (name, kind) = recognized(names, by: unsupported) else { return }
    throw EncoderFileError(
      path: path, problem: .unclearShape("'\(name)' shows an encoder that is not supported: \(kind)"))
  }

  private static func checkKind(_ names: some Collection<String>, path: String) throws {
    guard let (name, kind) = recognized(names, by: strangers) else { return }
    throw EncoderFileError(
      path: path,
      problem: .unclearShape(
        "'\(name)' shows that the weights are \(kind): take a vision transformer, such as DINOv2, DINO, MAE, DeiT or BEiT"
      ))
  }

  /// The first kind that a name shows, and of the names that show it the first in order.
  private static func recognized(
    _ names: some Collection<String>, by kinds: [(marks: [String], kind: String)]
  ) -> (name: String, kind: String)? {
    kinds.lazy.compactMap { marks, kind in
      names.filter { name in marks.contains { name.contains($0) } }.min().map { (name: $0, kind: kind) }
    }.first
  }

  /// The encoder that is taken of several: a moving average (a teacher, EMA, I-JEPA's target encoder) before what it follows, as
  /// DINO and timm take it; MoCo's base encoder before its momentum encoder.
  private static func preferred(_ prefixes: Set<String>, path: String) throws -> String {
    let ranked = Dictionary(grouping: prefixes, by: rank)
    guard let best = ranked.keys.min(), let first = ranked[best]?.sorted() else { return "" }
    guard first.count == 1 else {
      let list = first.map { $0.isEmpty ? "one without a prefix" : "'\($0)…'" }.joined(separator: ", ")
      throw EncoderFileError(
        path: path,
        problem: .unclearShape("it holds \(first.count) encoders, \(list); save the one that is wanted by itself"))
    }
    return first[0]
  }

  private static func rank(_ prefix: String) -> Int {
    let parts = prefix.lowercased().split(separator: ".")
    func holds(_ test: (Substring) -> Bool) -> Bool { parts.contains(where: test) }
    if holds({ $0.hasPrefix("student") || $0.hasPrefix("momentum") }) { return 2 }
    let isAverage = holds { part in
      part.hasPrefix("teacher") || part.hasPrefix("target") || part.split(separator: "_").contains("ema")
    }
    return isAverage ? 0 : 1
  }

  /// A file's tensors by our names.
  ///
  /// - Throws: ``EncoderFileError`` where two of the file's names mean one tensor, or parts of one do not fit.
  func state(_ tensors: [String: Tensor], path: String) throws -> [String: Tensor] {
    try state(tensors, path: path, shape: \.shape) { parts in noGrad { Tensor.concatenate(parts) } }
  }

  /// Their shapes alone, as ``state(_:path:)-([String:Tensor],_)``.
  func state(_ shapes: [String: [Int]], path: String) throws -> [String: [Int]] {
    try state(shapes, path: path, shape: \.self) { parts in [parts.reduce(0) { $0 + $1[0] }] + parts[0].dropFirst() }
  }

  private func state<Value>(
    _ values: [String: Value], path: String, shape: (Value) -> [Int], joined: ([Value]) -> Value
  ) throws -> [String: Value] {
    var parts: [String: [Int: Value]] = [:]
    for (name, place) in encoder {
      guard parts[place.name, default: [:]].updateValue(values[name]!, forKey: place.part) == nil else {
        throw EncoderFileError(
          path: path, problem: .unclearShape("it holds '\(place.name)' twice, as '\(name)' and under another name"))
      }
    }
    return try parts.reduce(into: [:]) { result, entry in
      let values = entry.value.sorted { $0.key < $1.key }.map(\.value)
      let rows = Set(values.map { shape($0).dropFirst() })
      guard values.count == 1 || (rows.count == 1 && values.allSatisfy { !shape($0).isEmpty }) else {
        throw EncoderFileError(
          path: path,
          problem: .unclearShape("the parts of '\(entry.key)' have shapes \(values.map(shape)), which do not fit"))
      }
      result[entry.key] = values.count == 1 ? values[0] : joined(values)
    }
  }

  /// Whether the classifier normalises averaged patches, in the place of the encoder's last normalisation.
  var hasClassifierNorm: Bool {
    !encoder.values.contains { $0.name == "norm.weight" } && ignored.contains { classifierName($0) == "fc_norm.weight" }
  }

  /// The name of a part of the encoder's classifier; nil for what is none.
  func classifierName(_ name: String) -> String? {
    if isHuggingFace {
      for (own, theirs) in [("head.", "classifier."), ("fc_norm.", prefix + "pooler.layernorm.")]
      where name.hasPrefix(theirs) {
        return own + name.dropFirst(theirs.count)
      }
      return nil
    }
    guard let parts = Self.parts(name, prefix: prefix), let first = parts.first, ["head", "fc_norm"].contains(first)
    else {
      return nil
    }
    return parts.joined(separator: ".")
  }

  /// The parts of a name behind the encoder's prefix, without wrappers; nil for a name outside.
  private static func parts(_ name: String, prefix: String) -> [Substring]? {
    guard name.hasPrefix(prefix) else { return nil }
    return name.dropFirst(prefix.count).split(separator: ".").filter { !wrappers.contains($0) }
  }

  /// Our name; nil for what is no part of the encoder.
  private static func own(_ name: String, prefix: String) -> String? {
    guard var parts = parts(name, prefix: prefix), let first = parts.first, !others.contains(first),
      !first.hasPrefix("decoder_"), !(prefix.isEmpty && besides.contains(first))
    else { return nil }
    switch parts.last {
    case "relative_position_index": return nil
    case "gamma_1": parts = parts.dropLast() + ["ls1", "gamma"]
    case "gamma_2": parts = parts.dropLast() + ["ls2", "gamma"]
    case "register_tokens": parts = ["reg_token"]
    default: break
    }
    // DINOv2 trains its blocks in chunks: blocks.<chunk>.<block>, where blocks are numbered throughout.
    if first == "blocks", parts.count > 2, Int(parts[1]) != nil, Int(parts[2]) != nil { parts.remove(at: 1) }
    return parts.joined(separator: ".")
  }

  /// What a file calls a tensor: timm's plain name, or timm's BEiT's where keys have no bias.
  static func written(_ own: String, config: VisionTransformer.Config) -> String {
    guard !config.keyBias else { return own }
    for (suffix, name) in [("ls1.gamma", "gamma_1"), ("ls2.gamma", "gamma_2")] where own.hasSuffix(suffix) {
      return own.dropLast(suffix.count) + name
    }
    return own
  }
}
