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
    /// The encoder's tokens, `[S, prefix + k, D]`.
    let encoded: Tensor
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
    guard config.split else {
      let places = split.maskedPlaces(prefixCount: encoder.prefixCount)
      let output = encoder.encode(sequences, hiding: places, by: decoder.maskToken.value, depth: depth)
      return Output(missing: output.hidden, descriptors: nil, encoded: output.all)
    }
    let encoded = encodeHalves(sequences, split: split, depth: depth)
    let output = decoder(encoded, split: split, encoderPositions: encoder.patchPositions)
    return Output(
      missing: missingTokens(of: output.normalized, split: split),
      descriptors: config.match ? descriptors(output) : nil, encoded: encoded)
  }

  private func encodeHalves(_ sequences: PatchSequences, split: BatchSplit, depth: StochasticDepth?) -> Tensor {
    let hidden = encoder.runBlocks(
      encoder.embed(sequences), depth: depth, bias: split.ragged?.bias(prefixCount: encoder.prefixCount),
      tableRows: sequences.tableRows)
    return config.decoder.normalizedInput ? encoder.norm(hidden) : hidden
  }

  private func missingTokens(of tokens: Tensor, split: BatchSplit) -> Tensor {
    if let ragged = split.ragged { return ragged.missingTokens(of: tokens) }
    let count = split.missing.shape[1]
    return tokens.narrowed(1, start: tokens.shape[1] - count, count: count).reshaped([-1, tokens.shape[2]])
  }

  /// The mean of all patches of a sequence, observed and inpainted.
  private func descriptors(_ output: InpaintingDecoder.Output) -> Tensor {
    let tokens = config.matching.pooling == .afterNorm ? output.normalized : output.raw
    let prefix = encoder.prefixCount
    let pooled = tokens.narrowed(1, start: prefix, count: tokens.shape[1] - prefix).mean([1])
    return projection?(pooled) ?? pooled
  }
}

/// An MLP between a descriptor and the contrastive loss, as SimCLR's (arXiv 2002.05709); see docs/method.md, row 6.
public final class ProjectionHead: Module {
  /// The linear layers; a GELU stands between any two.
  public let layers: [Linear]

  init(inputs: Int, width: Int, layers count: Int, using generator: inout some RandomNumberGenerator) {
    var layers: [Linear] = []
    for index in 0..<count {
      layers.append(Linear(inputs: index == 0 ? inputs : width, outputs: width, using: &generator))
    }
    self.layers = layers
  }

  /// `[B, inputs]` to `[B, width]`.
  func callAsFunction(_ input: Tensor) -> Tensor {
    layers.dropFirst().reduce(layers[0](input)) { hidden, layer in layer(hidden.gelu()) }
  }
}
