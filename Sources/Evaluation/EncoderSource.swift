public import Foundation
import SplitMaskCore
import Training
public import VisionModels

/// Where an encoder is from: a run, a file, or fresh weights to compare with.
public enum EncoderSource: Hashable, Sendable, CustomStringConvertible {
  /// A file of this program, of timm or PyTorch; and what the user should know of how it was chosen.
  case file(URL, notes: [String] = [])
  /// Fresh weights of a shape; the seed decides which.
  case random(VisionTransformer.Config, seed: UInt64)

  /// The name that stands for fresh weights.
  public static let randomName = "random"

  /// What a name on the command line means: a run folder of any kind, complete or not (`RunWeights`), a file, or `random`.
  ///
  /// - Parameters:
  ///   - name: a path, or `random`.
  ///   - like: for `random`, a run folder or file whose shape is taken.
  ///   - config: for `random`, the shape where `like` is nil.
  ///   - heads: attention heads of `like`, where it does not tell.
  ///   - seed: for `random`.
  /// - Throws: ``EvaluationError/noShapeForRandom``, `TrainingError.noWeights`, and what reading the header of `like` throws.
  public init(
    named name: String, like: String? = nil, config: VisionTransformer.Config? = nil, heads: Int? = nil,
    seed: UInt64 = 0
  ) throws {
    guard name == EncoderSource.randomName else {
      let weights = try RunWeights(at: name, .encoder)
      self = .file(weights.file, notes: weights.notes)
      return
    }
    if let like {
      let file = try RunWeights(at: like, .encoder).file
      self = .random(try EncoderFile.config(of: file, hints: .init(heads: heads)), seed: seed)
    } else if let config {
      self = .random(config, seed: seed)
    } else {
      throw EvaluationError.noShapeForRandom
    }
  }

  /// The path, or the shape and seed of fresh weights.
  public var description: String {
    switch self {
    case .file(let url, _): url.relativePath
    case .random(let config, let seed):
      """
      random \(config.architecture.rawValue), width \(config.embeddingDimension), depth \(config.blockCount), \
      patch \(config.patchSize), image \(config.imageSize), seed \(seed)
      """
    }
  }

  /// The encoder, on the CPU.
  ///
  /// - Parameter hints: what is asked of it, and what a file may not say; of fresh weights the image size alone counts.
  /// - Throws: as `EncoderFile.read`; `InvalidSetting` for a shape that cannot be built.
  public func load(hints: EncoderFile.Hints = .init()) throws -> LoadedEncoder {
    switch self {
    case .file(let url, let notes): return try EncoderFile.read(url, hints: hints).noted(notes)
    case .random(var config, let seed):
      config.imageSize = hints.imageSize ?? config.imageSize
      var generator = SeededGenerator(seed: seed, purpose: .initialization)
      return LoadedEncoder(fresh: try VisionTransformer(config, using: &generator), source: description)
    }
  }
}
