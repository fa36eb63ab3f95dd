import DurableFiles
public import Foundation
import Torch
import TorchNN

/// `encoder.safetensors`: a vision transformer under timm's names in float32, with what it takes to use it.
///
/// The metadata's values are JSON: `format_version`, `model`, `image_size`, `patch_size`, `width`, `depth`, `heads`,
/// `mlp_ratio`, `mean`, `std`, and `features`, which of the outputs describes an image. A plain safetensors file of a
/// timm vision transformer is read as well; its shape is that of its tensors.
public enum EncoderFile {
  /// The version that is written, and the latest that is read.
  public static let formatVersion = 1

  /// What the metadata says of the features.
  static let features = "mean"

  /// Writes an encoder.
  ///
  /// - Throws: `FileError` when the disk refuses; a file that was there is untouched then.
  public static func write(
    _ encoder: VisionTransformer, normalization: PixelNormalization, to url: URL
  ) throws {
    let tensors = encoder.namedParameters.map { (name: $0.key, tensor: $0.parameter.value.detached().to(.float32)) }
    var metadata = try metadata(of: encoder.config, normalization: normalization)
    metadata["features"] = try json(features)
    try SafetensorsWriter.write(tensors, metadata: metadata, to: url)
  }

  /// What a file says of its encoder's shape and pixels; each value is JSON.
  package static func metadata(
    of config: VisionTransformer.Config, normalization: PixelNormalization
  ) throws -> [String: String] {
    try [
      "format_version": json(formatVersion), "model": json(config.architecture.rawValue),
      "image_size": json(config.imageSize), "patch_size": json(config.patchSize),
      "width": json(config.embeddingDimension), "depth": json(config.blockCount), "heads": json(config.heads),
      "mlp_ratio": json(config.mlpRatio), "mean": json(normalization.mean),
      "std": json(normalization.standardDeviation),
    ]
  }

  /// The encoder's shape and the pixel statistics of a file with these tensors; nil for statistics that it lacks.
  ///
  /// - Throws: ``EncoderFileError``.
  package static func facts(
    path: String, shapes: [String: [Int]], metadata: [String: String]
  ) throws -> (config: VisionTransformer.Config, normalization: PixelNormalization?) {
    let facts = try EncoderFacts(path: path, shapes: shapes, metadata: metadata)
    return (facts.config, facts.normalization)
  }

  /// Reads an encoder of this program or of timm. A classifier's `head` and `fc_norm` are left aside.
  ///
  /// - Parameters:
  ///   - imageSize: the size that the encoder is to take; nil keeps its own. Another size resamples the table of
  ///     positions as timm does, bicubic with antialiasing, whoever wrote the file.
  ///   - normalization: the pixel statistics where the file has none; nil takes ImageNet's.
  /// - Throws: `FileError`, `SafetensorsError` and ``EncoderFileError`` about the file, `InvalidSetting` about the size.
  public static func read(
    _ url: URL, imageSize: ImageSize? = nil, normalization: PixelNormalization? = nil
  ) throws -> LoadedEncoder {
    let file = try SafetensorsFile(url)
    let tensors = try file.tensors()
    let ignored = tensors.keys.filter { $0.hasPrefix("head.") || $0.hasPrefix("fc_norm.") }.sorted()
    var state = tensors.filter { !ignored.contains($0.key) }.mapValues { $0.to(.float32) }
    let facts = try EncoderFacts(path: url.path, shapes: state.mapValues(\.shape), metadata: file.metadata)
    var config = facts.config
    var resampledFrom: PatchGrid?
    if let imageSize, imageSize != config.imageSize {
      config.imageSize = imageSize
      try config.validate()
      if config.grid != facts.config.grid {
        resampledFrom = facts.config.grid
        state["pos_embed"] = PositionTable.resampled(
          state["pos_embed"]!, prefixCount: config.classToken ? 1 : 0, from: facts.config.grid, to: config.grid)
      }
    }
    var generator = ConstantGenerator()
    let encoder = try VisionTransformer(config, using: &generator)
    do {
      try encoder.load(state)
    } catch let mismatch as StateMismatch {
      throw EncoderFileError(path: url.path, problem: .mismatch(mismatch))
    }
    return LoadedEncoder(
      encoder: encoder, normalization: facts.normalization ?? normalization ?? .imageNet, source: url.relativePath,
      matchedCount: state.count, ignored: ignored, resampledFrom: resampledFrom,
      isNormalizationAssumed: facts.normalization == nil && normalization == nil)
  }

  /// The shape and pixel statistics of an encoder file, without its values.
  ///
  /// - Throws: as ``read(_:imageSize:normalization:)``.
  public static func config(of url: URL) throws -> VisionTransformer.Config {
    let file = try SafetensorsFile(url)
    let shapes = Dictionary(uniqueKeysWithValues: file.names.map { ($0, file[$0]!.shape) })
    return try EncoderFacts(path: url.path, shapes: shapes, metadata: file.metadata).config
  }

  private static func json(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
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
  /// Tensors of the file that the encoder took.
  public let matchedCount: Int
  /// Tensors of the file that are no part of an encoder.
  public let ignored: [String]
  /// The file's grid of positions, where it was resampled to another.
  public let resampledFrom: PatchGrid?
  /// Whether the file says nothing of pixel statistics, so that ImageNet's were taken.
  public let isNormalizationAssumed: Bool

  /// An encoder with fresh weights.
  public init(fresh encoder: VisionTransformer, normalization: PixelNormalization = .imageNet, source: String) {
    self.init(
      encoder: encoder, normalization: normalization, source: source, matchedCount: 0, ignored: [],
      resampledFrom: nil, isNormalizationAssumed: false)
  }

  init(
    encoder: VisionTransformer, normalization: PixelNormalization, source: String, matchedCount: Int,
    ignored: [String], resampledFrom: PatchGrid?, isNormalizationAssumed: Bool
  ) {
    self.encoder = encoder
    self.normalization = normalization
    self.source = source
    self.matchedCount = matchedCount
    self.ignored = ignored
    self.resampledFrom = resampledFrom
    self.isNormalizationAssumed = isNormalizationAssumed
  }
}

/// Gives initial values that are overwritten at once.
private struct ConstantGenerator: RandomNumberGenerator {
  mutating func next() -> UInt64 { 1 << 63 }
}
