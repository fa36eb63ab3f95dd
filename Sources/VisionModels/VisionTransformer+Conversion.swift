package import ImageCoding
import SplitMaskCore
import Torch
import TorchNN

extension VisionTransformer {
  /// The same function with other switches, for fine-tuning and for programs that lack BEiT's parts.
  ///
  /// A shared table of relative positions can become one for each block; keys can get a bias, of zeros; factors of layer scale
  /// can be folded into the weights before them. Everything else must stay as it is.
  ///
  /// - Returns: a new encoder on the same device.
  /// - Throws: `InvalidSetting` where the function would change.
  public func converted(to target: Config) throws -> VisionTransformer {
    var state = stateDictionary.mapValues { $0.cloned() }
    if config.relativePositionBias == .shared, target.relativePositionBias == .perBlock {
      let key = "relative_position_bias_table"
      let shared = state.removeValue(forKey: "rel_pos_bias." + key)
      for index in blocks.indices { state["blocks.\(index).attn." + key] = shared }
    }
    if !config.keyBias, target.keyBias {
      for index in blocks.indices {
        let prefix = "blocks.\(index).attn."
        let queries = state.removeValue(forKey: prefix + "q_bias")!
        let values = state.removeValue(forKey: prefix + "v_bias")!
        state[prefix + "qkv.bias"] = Tensor.concatenate([queries, queries.zerosLike(), values])
      }
    }
    if config.layerScale != nil, target.layerScale == nil { noGrad { foldLayerScale(in: &state) } }
    var generator = ConstantGenerator()
    let result = try VisionTransformer(target, using: &generator)
    do {
      try result.load(state)
    } catch let mismatch as StateMismatch {
      throw InvalidSetting("model", "an encoder cannot take that shape without changing what it computes: \(mismatch)")
    }
    result.move(to: patchEmbed.proj.bias.value.device)
    return result
  }

  private func foldLayerScale(in state: inout [String: Tensor]) {
    for index in blocks.indices {
      for (scale, layer) in [("ls1", "attn.proj"), ("ls2", "mlp.fc2")] {
        let prefix = "blocks.\(index)."
        let gamma = state.removeValue(forKey: prefix + scale + ".gamma")!
        state[prefix + layer + ".weight"] = state[prefix + layer + ".weight"]! * gamma.unsqueezed(1)
        state[prefix + layer + ".bias"] = state[prefix + layer + ".bias"]! * gamma
      }
    }
  }
}

extension LoadedEncoder {
  /// The same encoder with a table of relative positions for each block where it has one for all, as BEiT is fine-tuned.
  ///
  /// - Throws: never for an encoder that was read; `InvalidSetting` as ``VisionTransformer/converted(to:)``.
  package func withPositionsPerBlock() throws -> LoadedEncoder {
    guard encoder.config.relativePositionBias == .shared else { return self }
    var config = encoder.config
    config.relativePositionBias = .perBlock
    return LoadedEncoder(
      encoder: try encoder.converted(to: config), normalization: normalization, source: source,
      matchedCount: matchedCount, ignored: ignored, resampledFrom: resampledFrom,
      isNormalizationAssumed: isNormalizationAssumed, notes: notes)
  }
}

extension LoadedEncoder {
  /// The same encoder for other pixels. Patches of three colours that are to see other channels have their weights repeated
  /// and scaled, or added up for one channel, as timm does (timm/models/_manipulate.py, adapt_input_conv).
  ///
  /// - Throws: `InvalidSetting` for channels that the encoder cannot be brought to.
  package func seeing(_ pixels: PixelNormalization) throws -> LoadedEncoder {
    let (own, wanted) = (encoder.config.channels, pixels.channelCount)
    guard own != wanted else { return with(encoder, pixels) }
    guard own == 3 else {
      throw InvalidSetting(
        "model.channels", "\(source) is an encoder of \(own) channels, and images of \(wanted) are to be seen")
    }
    var config = encoder.config
    config.channels = wanted
    var state = encoder.stateDictionary.mapValues { $0.cloned() }
    let key = "patch_embed.proj.weight"
    state[key] = noGrad { Self.adapted(state[key]!, channels: wanted) }
    var generator = ConstantGenerator()
    let result = try VisionTransformer(config, using: &generator)
    try result.load(state)
    return with(result, pixels)
  }

  /// `[D, 3, p, p]` as `[D, channels, p, p]`.
  private static func adapted(_ weight: Tensor, channels: Int) -> Tensor {
    guard channels != 1 else { return weight.sum([1], keepingDimensions: true) }
    let repeated = Tensor.concatenate([Tensor](repeating: weight, count: (channels + 2) / 3), along: 1)
    return repeated.narrowed(1, start: 0, count: channels) * (3 / Double(channels))
  }

  private func with(_ encoder: VisionTransformer, _ pixels: PixelNormalization) -> LoadedEncoder {
    LoadedEncoder(
      encoder: encoder, normalization: pixels, source: source, matchedCount: matchedCount, ignored: ignored,
      resampledFrom: resampledFrom, isNormalizationAssumed: isNormalizationAssumed, notes: notes)
  }
}

/// Gives initial values that are overwritten at once.
struct ConstantGenerator: RandomNumberGenerator {
  mutating func next() -> UInt64 { 1 << 63 }
}
