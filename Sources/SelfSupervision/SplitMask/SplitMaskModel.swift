public import Torch
public import TorchNN
public import VisionModels

/// The encoder with SplitMask's decoder and, where asked for, projection.
public final class SplitMaskModel: Module {
  /// What remains after pretraining.
  public let encoder: VisionTransformer
  /// Completes and inpaints the halves.
  public let decoder: InpaintingDecoder
  /// Between pooling and matching; nil by default.
  public let projection: ProjectionHead?

  private let config: SplitMask.Config

  /// What the network makes of a batch.
  struct Output {
    /// The decoder's tokens at the missing places, `[S · m, D]`.
    let missing: Tensor
    /// One descriptor a sequence, `[S, D]`; nil when halves are not matched.
    let descriptors: Tensor?
  }

  /// Fresh weights; encoder first, so that its draws do not depend on the rest.
  ///
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(
    encoder: VisionTransformer.Config, config: SplitMask.Config, vocabulary: Int, device: Device,
    using generator: inout some RandomNumberGenerator
  ) throws {
    try config.validate()
    self.config = config
    self.encoder = try VisionTransformer(encoder, using: &generator)
    var decoderConfig = config.decoder
    if !config.split { decoderConfig.depth = 0 }
    decoder = InpaintingDecoder(
      encoder: encoder, config: decoderConfig, vocabulary: vocabulary, device: device, using: &generator)
    projection =
      config.matching.projectionLayers > 0
      ? ProjectionHead(
        inputs: encoder.embeddingDimension, width: config.matching.projectionWidth,
        layers: config.matching.projectionLayers, using: &generator) : nil
    super.init()
    move(to: device)
  }

  /// Runs all sequences of a batch through encoder and decoder at once.
  func callAsFunction(_ sequences: PatchSequences, split: BatchSplit, depth: StochasticDepth?) -> Output {
    guard config.split else {
      let places = split.maskedPlaces(prefixCount: encoder.prefixCount)
      let missing = encoder.encode(sequences, hiding: places, by: decoder.maskToken.value, depth: depth)
      return Output(missing: missing, descriptors: nil)
    }
    let output = decoder(
      encodeHalves(sequences, depth: depth), split: split, encoderPositions: encoder.patchPositions)
    let seen = output.raw.shape[1]
    let missingCount = split.missing.shape[1]
    let missing = output.normalized.narrowed(1, start: seen - missingCount, count: missingCount)
    return Output(
      missing: missing.reshaped([-1, missing.shape[2]]), descriptors: config.match ? descriptors(output) : nil)
  }

  private func encodeHalves(_ sequences: PatchSequences, depth: StochasticDepth?) -> Tensor {
    let hidden = encoder.runBlocks(encoder.embed(sequences), depth: depth, tableRows: sequences.tableRows)
    return config.decoder.normalizedInput ? encoder.norm(hidden) : hidden
  }

  /// The mean of all patches of a sequence, observed and inpainted.
  private func descriptors(_ output: InpaintingDecoder.Output) -> Tensor {
    let tokens = config.matching.pooling == .afterNorm ? output.normalized : output.raw
    let prefix = encoder.prefixCount
    let pooled = tokens.narrowed(1, start: prefix, count: tokens.shape[1] - prefix).mean([1])
    return projection?(pooled) ?? pooled
  }
}
