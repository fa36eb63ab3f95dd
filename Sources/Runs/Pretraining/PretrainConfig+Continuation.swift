import Evaluation
import ImageData
import SelfSupervision
import SplitMaskCore
import Training
import VisionModels

extension PretrainConfig {
  /// - Throws: `InvalidSetting`.
  func validateContinuation() throws {
    try continuation.validate()
    guard encoder != nil else {
      guard continuation != Continuation() else { return }
      throw InvalidSetting(
        "continuation", "is of runs that go on from an encoder; say which with --from, or leave it away")
    }
    guard !recipe.needsLabels else {
      throw InvalidSetting(
        "encoder", "supervised training that goes on from an encoder is fine-tuning: splitmask finetune --from")
    }
  }

  private var source: EncoderSource? {
    get throws { try encoder.map { try EncoderSource(named: $0) } }
  }

  var hints: EncoderFile.Hints {
    .init(of: model, imageSize: model.imageSize, patchSize: continuation.patchSize)
  }

  /// Takes the shape of the encoder to go on from; its image size, too, where nobody has said another.
  mutating func takeShapeOfEncoder(explicit: Set<String>) throws {
    guard case .file(let url, _)? = try source else { return }
    var shape = try EncoderFile.config(of: url, hints: .init(of: model))
    if explicit.contains(where: { $0.hasPrefix("model.imageSize") }) { shape.imageSize = model.imageSize }
    if let patchSize = continuation.patchSize { shape.patchSize = patchSize }
    model = shape
  }

  /// The settings of a run that goes on from an encoder, which is to see these images; nil where it starts afresh.
  ///
  /// - Throws: as `EncoderOrigin`.
  func goingOn(seeing images: ImageDataset) throws -> (config: PretrainConfig, notes: [String])? {
    guard let source = try source else { return nil }
    let origin = try EncoderOrigin(source, hints: hints, seeing: images, as: pixels, resolved: nil)
    let loaded = try origin.load()
    var result = self
    (result.model, result.normalization) = (loaded.encoder.config, origin.pixels)
    result.encoderDigest = try source.digest
    let grid = loaded.encoder.config.grid
    let resampled = loaded.resampledFrom.map {
      ["positions are resampled from \($0.rows) x \($0.columns) patches to \(grid.rows) x \(grid.columns)"]
    }
    let patches = continuation.patchSize.map {
      ["the weights of patches are resampled to \($0) x \($0) pixels (FlexiViT)"]
    }
    return (result, loaded.notes + (patches ?? []) + (resampled ?? []) + origin.notes)
  }

  /// The file to go on from; nil for a run that starts afresh.
  ///
  /// - Throws: `InvalidSetting` where the file is not the one that the run began with.
  var startingSource: EncoderSource? {
    get throws {
      guard let source = try source else { return nil }
      guard try source.digest == encoderDigest else {
        throw InvalidSetting("encoder", "\(source) is not what it was when the run began; start a new run from it")
      }
      return source
    }
  }

  /// The weights to go on from; nil for a run that starts afresh.
  ///
  /// - Throws: as ``startingSource``.
  func startingEncoder() throws -> VisionTransformer? {
    try startingSource?.load(hints: hints, pixels: normalization).encoder
  }

  /// What the plan says of how the encoder goes on.
  func continuationNotes(warmupSteps: Int) -> [String] {
    guard let encoder else { return [] }
    let rest = continuation.restSteps(warmupSteps: warmupSteps)
    return [
      """
      goes on from the encoder of \(encoder), which rests for \(HumanReadable.count(rest)) updates while what is new beside it \
      learns; its learning rate is then \(HumanReadable.number(continuation.learningRateScale)) of the others', and \
      \(HumanReadable.number(continuation.layerDecay)) of that from each block to the one before (continuation.rest, \
      learningRateScale, layerDecay)
      """
    ]
  }
}

extension OptimizationDefaults {
  /// The same with a longer warm-up, in whose first part an encoder that goes on rests.
  var withRest: OptimizationDefaults {
    var result = self
    result.warmup.share = max(warmup.share, 0.2)
    return result
  }
}
