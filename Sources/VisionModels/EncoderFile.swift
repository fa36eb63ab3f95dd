import DurableFiles
public import Foundation
public import ImageCoding
package import Torch
import TorchNN

/// `encoder.safetensors`: a vision transformer under timm's names in float32, with what it takes to use it.
///
/// The metadata's values are JSON: `format_version`, `model`, `image_size`, `patch_size`, `width`, `depth`, `heads`,
/// `mlp_ratio`, `class_token`, `mean`, `std`, and `features`, which of the outputs describes an image; of other images than 8-bit
/// RGB `in_chans` and `pixel_format` (`PixelFormat`, with the channels' names and scales), `converts_others` where these are
/// made 8-bit RGB; for BEiT's parts also
/// `relative_position_bias`, `absolute_positions` and `layer_scale`, its initial value; `registers`, whose positions are zeros;
/// `rotary_positions`. Files of timm's vision transformer, BEiT and DINOv3, of DeiT, MAE, DINO, DINOv2, MoCo v3 and BEiT, and
/// Hugging Face's of ViT, DeiT, BEiT, ViTMAE, DINOv2 and DINOv3, are read as well, safetensors or `torch.save`'s, whole or in shards; their shape is that of their
/// tensors and of the `config.json` beside them, and what neither tells is assumed and said (``LoadedEncoder/notes``).
public enum EncoderFile {
  /// The version that is written, and the latest that is read.
  package static let formatVersion = 1

  /// What a user says of a file that does not say it, and how the encoder is to be used.
  public struct Hints: Hashable, Sendable {
    /// The size that the encoder is to take; nil keeps its own. Another size resamples the table of positions.
    public var imageSize: ImageSize?
    /// The side of its patches; nil keeps its own. Another one resamples their weights and the table of positions.
    public var patchSize: Int?
    /// Attention heads, where neither metadata nor tensors tell.
    public var heads: Int?
    /// The last block's chance of being left out in training; nil is the default of ``VisionTransformer/Config``.
    public var stochasticDepthRate: Double?

    /// Nothing but what is said here.
    public init(
      imageSize: ImageSize? = nil, patchSize: Int? = nil, heads: Int? = nil, stochasticDepthRate: Double? = nil
    ) {
      self.imageSize = imageSize
      self.patchSize = patchSize
      self.heads = heads
      self.stochasticDepthRate = stochasticDepthRate
    }

    /// Those of a run's settings.
    package init(of model: VisionTransformer.Config, imageSize: ImageSize? = nil, patchSize: Int? = nil) {
      self.init(
        imageSize: imageSize, patchSize: patchSize, heads: model.headCount,
        stochasticDepthRate: model.stochasticDepthRate)
    }
  }

  /// What the metadata says of the features.
  static let features = "mean"

  /// Writes an encoder.
  ///
  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  public static func write(
    _ encoder: VisionTransformer, normalization: PixelNormalization, to url: URL
  ) throws {
    let config = encoder.config
    let tensors = encoder.namedParameters.map { named in
      (
        name: EncoderNames.written(named.key, config: config),
        tensor: writtenValue(of: named.key, named.parameter.value, config: config)
      )
    }
    let metadata = try metadata(of: config, normalization: normalization)
      .merging(["features": json(features)]) { $1 }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
  }

  /// What a file says of its encoder's shape and pixels; each value is JSON.
  package static func metadata(
    of config: VisionTransformer.Config, normalization: PixelNormalization
  ) throws -> [String: String] {
    var metadata = try [
      "format_version": json(formatVersion), "model": json(config.architecture.rawValue),
      "image_size": json(config.imageSize), "patch_size": json(config.patchSize),
      "width": json(config.embeddingDimension), "depth": json(config.blockCount), "heads": json(config.heads),
      "mlp_ratio": json(config.mlpRatio), "class_token": json(config.classToken), "mean": json(normalization.mean),
      "std": json(normalization.standardDeviation),
    ]
    if config.relativePositionBias != .none {
      metadata["relative_position_bias"] = try json(config.relativePositionBias)
      metadata["absolute_positions"] = try json(config.absolutePositions)
    }
    if config.rotaryPositions { metadata["rotary_positions"] = try json(true) }
    if config.registers > 0 { metadata["registers"] = try json(config.registers) }
    if config.normEpsilon != VisionTransformer.Config().normEpsilon {
      metadata["norm_epsilon"] = try json(config.normEpsilon)
    }
    if let layerScale = config.layerScale { metadata["layer_scale"] = try json(layerScale) }
    if let format = normalization.format {
      metadata["in_chans"] = try json(config.channels)
      metadata["pixel_format"] = try json(format)
    }
    if normalization.convertsOthers == true { metadata["converts_others"] = try json(true) }
    return metadata
  }

  /// The shape and the pixel statistics that an encoder's tensors and a file's metadata tell; nil for statistics that are
  /// missing.
  ///
  /// - Throws: ``EncoderFileError``.
  package static func facts(
    shapes: [String: [Int]], metadata: [String: String], path: String
  ) throws -> (config: VisionTransformer.Config, normalization: PixelNormalization?) {
    let facts = try EncoderFacts(path: path, shapes: shapes, metadata: metadata)
    return (facts.config, facts.normalization)
  }

  /// The tensors of a file that are an encoder's or its classifier's, under timm's plain names, with the encoder's shape and
  /// the pixel statistics; nil for statistics that the file lacks.
  ///
  /// - Throws: ``EncoderFileError``.
  package static func classifierParts(
    of file: WeightsFile, path: String
  ) throws -> (state: [String: Tensor], config: VisionTransformer.Config, normalization: PixelNormalization?) {
    let tensors = try file.tensors()
    let names = try EncoderNames(of: tensors.keys, path: path)
    var state = try names.state(tensors, path: path)
    state = withBiases(prefixTokens(state.mapValues(\.shape), file).own(state))
    for name in names.ignored {
      if let own = names.classifierName(name) { state[own] = tensors[name] }
    }
    let facts = try EncoderFacts(
      path: path, shapes: state.mapValues(\.shape), metadata: file.metadata, prefix: names.prefix)
    return (try finite(state, path: path), facts.config, facts.normalization)
  }

  /// A state in float32.
  ///
  /// - Throws: ``EncoderFileError`` that names a tensor which holds NaN or an infinity.
  private static func finite(_ state: [String: Tensor], path: String) throws -> [String: Tensor] {
    if let name = state.firstNonFinite { throw EncoderFileError(path: path, problem: .notFinite(tensor: name)) }
    return state.mapValues { $0.to(.float32) }
  }

  /// A state whose queries, keys and values have a bias, zeros where a file has none at all, as timm's DINOv3.
  private static func withBiases(_ state: [String: Tensor]) -> [String: Tensor] {
    let biases = [".attn.qkv.bias", ".attn.q_bias"]
    guard !state.keys.contains(where: { key in biases.contains { key.hasSuffix($0) } }) else { return state }
    return state.filter { $0.key.hasSuffix(".attn.qkv.weight") }.reduce(into: state) { result, entry in
      result[entry.key.dropLast("weight".count) + "bias"] = Tensor.zeros([entry.value.shape[0]])
    }
  }

  private static func prefixTokens(_ shapes: [String: [Int]], _ file: WeightsFile) -> PrefixTokens {
    PrefixTokens(shapes, patchCount: EncoderFacts.patchCount(shapes, metadata: file.metadata))
  }

  /// A tensor of an encoder or its classifier as a file has it, in float32.
  package static func writtenValue(of key: String, _ value: Tensor, config: VisionTransformer.Config) -> Tensor {
    let value = value.detached().to(.float32)
    return key.hasSuffix("pos_embed") ? PrefixTokens.written(value, of: config) : value
  }

  /// What a file calls a tensor of an encoder or its classifier.
  package static func writtenName(of key: String, config: VisionTransformer.Config) -> String {
    EncoderNames.written(key, config: config)
  }

  /// Reads an encoder of this program, timm, DeiT, MAE, DINO, DINOv2, MoCo v3, BEiT or Hugging Face. What is no part of an encoder, such as a
  /// classifier's `head`, an optimizer or a student beside its teacher, is left aside; the rest must match to the last tensor.
  /// A classifier of averaged patches has no last normalisation, `norm`: the encoder's is then a fresh one.
  ///
  /// - Parameters:
  ///   - url: a safetensors or PyTorch file, or the index of a model in several (`model.safetensors.index.json`).
  ///   - hints: another size of images or patches, which resamples the table of positions as timm does, bicubic with antialiasing,
  ///     whoever wrote the file; tables of relative positions likewise, without antialiasing. And what the file may not
  ///     say.
  ///   - normalization: the pixel statistics where the file has none; nil takes ImageNet's.
  /// - Throws: `FileError`, `SafetensorsError` and ``EncoderFileError`` about the file, `InvalidSetting` about the hints.
  public static func read(
    _ url: URL, hints: Hints = Hints(), normalization: PixelNormalization? = nil
  ) throws -> LoadedEncoder {
    let file = try WeightsFile(url)
    return try file.namingPassedOver { try read(file, at: url, hints: hints, normalization: normalization) }
  }

  private static func read(
    _ file: WeightsFile, at url: URL, hints: Hints, normalization: PixelNormalization?
  ) throws -> LoadedEncoder {
    let tensors = try file.tensors()
    let names = try EncoderNames(of: tensors.keys, path: url.path)
    var state = try finite(names.state(tensors, path: url.path), path: url.path)
    let matchedCount = names.encoder.count
    state = withBiases(prefixTokens(state.mapValues(\.shape), file).own(state))
    let facts = try EncoderFacts(
      path: url.path, shapes: state.mapValues(\.shape), metadata: file.metadata, prefix: names.prefix, hints: hints)
    var config = facts.config
    config.imageSize = hints.imageSize ?? config.imageSize
    config.patchSize = hints.patchSize ?? config.patchSize
    try config.validate()
    if config.patchSize != facts.config.patchSize {
      let key = "patch_embed.proj.weight"
      state[key] = PatchResampling.resampled(state[key]!, to: config.patchSize)
    }
    let resampledFrom = config.grid == facts.config.grid ? nil : facts.config.grid
    if let resampledFrom { resample(&state, config: config, from: resampledFrom) }
    var generator = ConstantGenerator()
    let encoder = try VisionTransformer(config, using: &generator)
    if names.hasClassifierNorm {
      for (key, value) in encoder.norm.stateDictionary where state["norm." + key] == nil {
        state["norm." + key] = value
      }
    }
    do {
      try encoder.load(state)
    } catch let mismatch as StateMismatch {
      throw EncoderFileError(path: url.path, problem: .mismatch(mismatch))
    }
    let isNormalizationAssumed = facts.normalization == nil && normalization == nil
    return LoadedEncoder(
      encoder: encoder, normalization: facts.normalization ?? normalization ?? .imageNet, source: url.relativePath,
      matchedCount: matchedCount, ignored: names.ignored, resampledFrom: resampledFrom,
      isNormalizationAssumed: isNormalizationAssumed,
      notes: notes(
        names, facts, isNormalizationAssumed: isNormalizationAssumed, source: url.relativePath))
  }

  /// What reading took for granted, or chose, that a user should know.
  private static func notes(
    _ names: EncoderNames, _ facts: EncoderFacts, isNormalizationAssumed: Bool, source: String
  ) -> [String] {
    var notes: [String] = []
    if !names.otherPrefixes.isEmpty {
      func shown(_ prefix: String) -> String { prefix.isEmpty ? "the one without a prefix" : "'\(prefix.dropLast())'" }
      notes.append(
        "\(source) holds several encoders: \(shown(names.prefix)) is taken, "
          + "\(names.otherPrefixes.map(shown).joined(separator: ", ")) left aside")
    }
    let pixels = isNormalizationAssumed ? ["ImageNet's mean and standard deviation of pixels"] : []
    let assumptions = facts.assumptions + pixels
    if !assumptions.isEmpty {
      notes.append("\(source) does not say all of its encoder; assumed: \(assumptions.joined(separator: "; "))")
    }
    if names.hasClassifierNorm {
      notes.append(
        "\(source) is a classifier of averaged patches, whose own normalisation comes after the average: the encoder's last "
          + "normalisation is a fresh one")
    }
    return notes
  }

  /// The shape of an encoder file, by its header alone where it is safetensors: its values are not read and the checksum is not
  /// checked.
  ///
  /// - Throws: as ``read(_:hints:normalization:)``.
  public static func config(of url: URL, hints: Hints = Hints()) throws -> VisionTransformer.Config {
    let file = try WeightsFile(url, checkingBytes: false)
    return try file.namingPassedOver {
      let names = try EncoderNames(of: file.shapes.keys, path: url.path)
      let shapes = try names.state(file.shapes, path: url.path)
      return try EncoderFacts(
        path: url.path, shapes: prefixTokens(shapes, file).own(shapes), metadata: file.metadata, prefix: names.prefix,
        hints: hints
      ).config
    }
  }

  /// The channels that an encoder file's patches have, and how it sees pixels, by its header alone where it is safetensors;
  /// nil where it does not say.
  ///
  /// - Throws: as ``read(_:hints:normalization:)``.
  package static func pixels(of url: URL) throws -> (channels: Int, normalization: PixelNormalization?) {
    let file = try WeightsFile(url, checkingBytes: false)
    return try file.namingPassedOver {
      let names = try EncoderNames(of: file.shapes.keys, path: url.path)
      return try EncoderFacts.pixels(
        path: url.path, shapes: names.state(file.shapes, path: url.path), metadata: file.metadata)
    }
  }

  /// Fits every table of positions in a state to another grid.
  private static func resample(
    _ state: inout [String: Tensor], config: VisionTransformer.Config, from grid: PatchGrid
  ) {
    for (key, table) in state {
      if key == "pos_embed" {
        state[key] = PositionTable.resampled(
          table, prefixCount: config.classToken ? 1 : 0, from: grid, to: config.grid)
      } else if key.hasSuffix("relative_position_bias_table") {
        state[key] = RelativePositions.resampled(table, from: grid, to: config.grid)
      }
    }
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    // The same encoder gives the same bytes.
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// An encoder that can be used, and how it came to be.
public struct LoadedEncoder {
  /// The encoder, on the CPU.
  public let encoder: VisionTransformer
  /// The statistics that its images are normalised with.
  public let normalization: PixelNormalization
  /// Where it is from, in words.
  public let source: String
  /// Tensors that the encoder took from the file.
  public let matchedCount: Int
  /// Tensors of the file that are no part of an encoder.
  public let ignored: [String]
  /// The file's grid of positions, where it was resampled to another.
  public let resampledFrom: PatchGrid?
  /// Whether the file says nothing of pixel statistics, so that ImageNet's were taken.
  public let isNormalizationAssumed: Bool
  /// What reading took for granted, or chose, that a user should know; each a line.
  public let notes: [String]

  /// An encoder with fresh weights.
  public init(fresh encoder: VisionTransformer, normalization: PixelNormalization = .imageNet, source: String) {
    self.init(
      encoder: encoder, normalization: normalization, source: source, matchedCount: 0, ignored: [],
      resampledFrom: nil, isNormalizationAssumed: false, notes: [])
  }

  init(
    encoder: VisionTransformer, normalization: PixelNormalization, source: String, matchedCount: Int,
    ignored: [String], resampledFrom: PatchGrid?, isNormalizationAssumed: Bool, notes: [String]
  ) {
    self.encoder = encoder
    self.normalization = normalization
    self.source = source
    self.matchedCount = matchedCount
    self.ignored = ignored
    self.resampledFrom = resampledFrom
    self.isNormalizationAssumed = isNormalizationAssumed
    self.notes = notes
  }

  /// The same with further notes before its own.
  package func noted(_ further: [String]) -> LoadedEncoder {
    LoadedEncoder(
      encoder: encoder, normalization: normalization, source: source, matchedCount: matchedCount, ignored: ignored,
      resampledFrom: resampledFrom, isNormalizationAssumed: isNormalizationAssumed, notes: further + notes)
  }
}
