public import Foundation
import ImageData
public import VisionModels

/// Where an encoder is from: a run, a file, or fresh weights to compare with.
public enum EncoderSource: Hashable, Sendable, CustomStringConvertible {
  /// A safetensors file of this program or of timm.
  case file(URL)
  /// Fresh weights of a shape; the seed decides which.
  case random(VisionTransformer.Config, seed: UInt64)

  /// The name that stands for fresh weights.
  public static let randomName = "random"
  /// The encoder's file in a run folder.
  public static let fileName = "encoder.safetensors"

  /// What a name on the command line means: a run folder, a safetensors file, or `random`.
  ///
  /// - Parameters:
  ///   - name: a path, or `random`.
  ///   - like: for `random`, a run folder or file whose shape is taken.
  ///   - config: for `random`, the shape where `like` is nil.
  ///   - seed: for `random`.
  /// - Throws: ``EvaluationError``, and what reading the header of `like` throws.
  public init(
    named name: String, like: String? = nil, config: VisionTransformer.Config? = nil, seed: UInt64 = 0
  ) throws {
    guard name == EncoderSource.randomName else {
      self = .file(try EncoderSource.file(at: name))
      return
    }
    if let like {
      self = .random(try EncoderFile.config(of: EncoderSource.file(at: like)), seed: seed)
    } else if let config {
      self = .random(config, seed: seed)
    } else {
      throw EvaluationError.noShapeForRandom
    }
  }

  /// The path, or the shape and seed of fresh weights.
  public var description: String {
    switch self {
    case .file(let url): url.relativePath
    case .random(let config, let seed):
      """
      random \(config.architecture.rawValue), width \(config.embeddingDimension), depth \(config.blockCount), \
      patch \(config.patchSize), image \(config.imageSize), seed \(seed)
      """
    }
  }

  /// The encoder, on the CPU.
  ///
  /// - Parameter imageSize: the size that it is to take; nil keeps its own.
  /// - Throws: as `EncoderFile.read`; `InvalidSetting` for a shape that cannot be built.
  public func load(imageSize: ImageSize? = nil) throws -> LoadedEncoder {
    switch self {
    case .file(let url): return try EncoderFile.read(url, imageSize: imageSize)
    case .random(var config, let seed):
      config.imageSize = imageSize ?? config.imageSize
      var generator = SeededGenerator(seed: seed, purpose: .initialization)
      return LoadedEncoder(fresh: try VisionTransformer(config, using: &generator), source: description)
    }
  }

  /// The encoder file of a run folder, or the file itself.
  private static func file(at path: String) throws -> URL {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw EvaluationError.noEncoder(path: path, isRunFolder: false)
    }
    let url = URL(fileURLWithPath: path)
    guard isFolder.boolValue else { return url }
    let file = url.appendingPathComponent(fileName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      throw EvaluationError.noEncoder(path: path, isRunFolder: true)
    }
    return file
  }
}
