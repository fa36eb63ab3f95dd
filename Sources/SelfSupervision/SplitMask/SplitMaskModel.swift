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
  package struct Output {
    /// The decoder's tokens at the missing places, `[R, D]`.
    package let missing: Tensor
    /// One descriptor a sequence, `[S, D]`; nil when halves are not matched.
    package let descriptors: Tensor?
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
  package func callAsFunction(_ sequences: PatchSequences, split: BatchSplit, depth: StochasticDepth?) -> Output {
    let tokens = encoder.embed(sequences)
    let output =
      config.split
      ? decoder(
        encodeHalves(tokens, split: split, depth: depth), split: split, encoderPositions: encoder.patchPositions)
      : decoder.run(encoder.encode(masking(tokens, split: split), depth: depth))
    return Output(
      missing: missingTokens(of: output.normalized, split: split),
      descriptors: config.match ? descriptors(output) : nil)
  }

  private func encodeHalves(_ tokens: Tensor, split: BatchSplit, depth: StochasticDepth?) -> Tensor {
    let bias = split.ragged?.attended(prefixCount: encoder.prefixCount)
    return config.decoder.normalizedInput
      ? encoder.encode(tokens, depth: depth, bias: bias) : encoder.runBlocks(tokens, depth: depth, bias: bias)
  }

  private func missingTokens(of tokens: Tensor, split: BatchSplit) -> Tensor {
    if let ragged = split.ragged { return ragged.missingTokens(of: tokens) }
    let count = split.missing.shape[1]
    let missing =
      config.split
      ? tokens.narrowed(1, start: tokens.shape[1] - count, count: count) : maskedPlaces(of: tokens, split: split)
    return missing.reshaped([-1, missing.shape[2]])
  }

  /// The mean of all patches of a sequence, observed and inpainted.
  private func descriptors(_ output: InpaintingDecoder.Output) -> Tensor {
    let tokens = config.matching.pooling == .afterNorm ? output.normalized : output.raw
    let prefix = encoder.prefixCount
    let pooled = tokens.narrowed(1, start: prefix, count: tokens.shape[1] - prefix).mean([1])
    return projection?(pooled) ?? pooled
  }

  /// Full sequences whose hidden patches are mask tokens (BEiT's way).
  private func masking(_ tokens: Tensor, split: BatchSplit) -> Tensor {
    let sizes = tokens.shape
    let prefix = encoder.prefixCount
    let isMissing = Tensor.zeros([sizes[0], sizes[1]], device: tokens.device)
    if let ragged = split.ragged {
      let patches = Tensor.zeros([ragged.source.elementCount], device: tokens.device)
      patches.scatterInPlace(0, ragged.missing, Tensor.ones(ragged.missing.shape, device: tokens.device))
      isMissing.narrowed(1, start: prefix, count: sizes[1] - prefix).copyInPlace(patches.reshaped(ragged.source.shape))
    } else {
      isMissing.scatterInPlace(1, split.missing + prefix, Tensor.ones(split.missing.shape, device: tokens.device))
    }
    let substitute = Tensor.concatenate(
      [
        Tensor.zeros([prefix, sizes[2]], device: tokens.device),
        encoder.patchPositions + decoder.maskToken.value.selected(0, 0),
      ])
    return tokens.replacing(with: substitute, where: isMissing.to(.bool).unsqueezed(2))
  }

  private func maskedPlaces(of tokens: Tensor, split: BatchSplit) -> Tensor {
    let sizes = tokens.shape
    let places = (split.missing + encoder.prefixCount).unsqueezed(2)
    return tokens.gathered(1, places.expanded([sizes[0], split.missing.shape[1], sizes[2]]))
  }
}
