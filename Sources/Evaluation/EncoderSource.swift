import DurableFiles
public import Foundation
public import ImageCoding
public import ImageData
public import ImageLoading
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
  /// - Parameters:
  ///   - hints: what is asked of it, and what a file may not say; of fresh weights the image size alone counts.
  ///   - pixels: how it is to see images, as ``pixels(for:_:)`` finds it; nil leaves a file's own, and gives fresh weights
  ///     three colours.
  /// - Throws: as `EncoderFile.read`; `InvalidSetting` for a shape that cannot be built.
  public func load(
    hints: EncoderFile.Hints = .init(), pixels: PixelNormalization? = nil
  ) throws -> LoadedEncoder {
    switch self {
    case .file(let url, let notes):
      let loaded = try EncoderFile.read(url, hints: hints).noted(notes)
      return try pixels.map { try loaded.seeing($0) } ?? loaded
    case .random(var config, let seed):
      config.imageSize = hints.imageSize ?? config.imageSize
      config.channels = pixels?.channelCount ?? config.channels
      var generator = SeededGenerator(seed: seed, purpose: .initialization)
      return LoadedEncoder(
        fresh: try VisionTransformer(config, using: &generator), normalization: pixels ?? .imageNet,
        source: description)
    }
  }

  /// The pattern of the names of files that held one channel of its training images each; nil where files held all.
  ///
  /// - Throws: what reading the file's header throws.
  package var channelFiles: String? {
    get throws {
      guard case .file(let url, _) = self else { return nil }
      return try EncoderFile.pixels(of: url).normalization?.format?.files
    }
  }

  /// What the file holds, and those that belong to it, as `ContentDigest` says it; nil for fresh weights.
  ///
  /// - Throws: `FileError`.
  package var digest: String? {
    get throws {
      guard case .file(let url, _) = self else { return nil }
      let digests = try WeightsFile.allFiles(of: url).map { file in
        try MappedFile(file).withBytes { "\(ContentDigest($0))" }
      }
      return digests.joined(separator: " ")
    }
  }

  /// How the encoder is to see the images of a data set: as its file says, else as the images are.
  ///
  /// - Parameters:
  ///   - images: the data set.
  ///   - config: what somebody has said of its pixels; what an encoder's file settles cannot be said otherwise.
  /// - Returns: channels, scale and statistics, and what people should know, a sentence each.
  /// - Throws: as `PixelSurvey`; `DatasetError` for images that the encoder cannot see; `InvalidSetting` for a setting that
  ///   asks for something else than it sees.
  public func pixels(
    for images: ImageDataset, _ config: PixelConfig = PixelConfig()
  ) throws -> (normalization: PixelNormalization, notes: [String]) {
    guard case .file(let url, _) = self else {
      let survey = try PixelSurvey(of: images, config)
      return (survey.normalization, survey.notes)
    }
    let (channels, own) = try EncoderFile.pixels(of: url)
    if var own, let format = own.format {
      own.format = try config.applied(to: format)
      return (own, try PixelSurvey.check(images, against: own))
    }
    let survey = try PixelSurvey(of: images, config)
    let seen = survey.normalization
    if seen.format == nil, channels == seen.channelCount {
      var result = own ?? .imageNet
      result.convertsOthers = seen.convertsOthers
      return (result, survey.notes)
    }
    guard channels == seen.channelCount || channels == PixelNormalization.imageNet.channelCount else {
      throw DatasetError(
        """
        \(url.relativePath) is an encoder of \(channels) channels, and the images have \(seen.channelCount); choose as many \
        with --channels
        """)
    }
    let adapted =
      channels == seen.channelCount
      ? []
      : [
        "the encoder saw three colours: its patches' weights are spread over \(seen.channelCount) channels, as timm does"
      ]
    return (seen, survey.notes + adapted)
  }
}
