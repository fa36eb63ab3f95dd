public import Torch
public import TorchNN
public import VisionModels

/// MAE's encoder and decoder, the decoder under MAE's names.
public final class MAEModel: Module {
  /// What remains after pretraining; its positions are fixed sines and cosines.
  public let encoder: VisionTransformer
  /// `[1, 1, W]`, in the place of every hidden patch.
  public let maskToken: Parameter
  /// From the encoder's width to the decoder's.
  public let decoderEmbed: Linear
  /// The decoder's blocks.
  public let decoderBlocks: [TransformerBlock]
  /// The decoder's last normalisation.
  public let decoderNorm: LayerNorm
  /// To the pixels of a patch: row, column, colour.
  public let decoderPred: Linear

  /// The decoder's fixed positions, `[n, W]`; the class token's are zeros.
  private var decoderPositions: Tensor

  /// MAE's fresh weights (facebookresearch/mae, models_mae.py).
  ///
  /// - Parameters:
  ///   - encoder: the size; its stochastic depth is left off.
  ///   - config: the method's settings.
  ///   - device: the device to compute on.
  ///   - generator: draws the first weights.
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(
    encoder: VisionTransformer.Config, config: MAE.Config, device: Device,
    using generator: inout some RandomNumberGenerator
  ) throws {
    try encoder.validate()
    try config.validate(encoder: encoder)
    self.encoder = try VisionTransformer(config.encoder(encoder), using: &generator)
    let shape = config.decoder(encoder)
    maskToken = Parameter(Tensor.zeros([1, 1, shape.width]))
    decoderEmbed = Linear(inputs: encoder.embeddingDimension, outputs: shape.width, using: &generator)
    var blocks: [TransformerBlock] = []
    for _ in 0..<shape.depth {
      blocks.append(
        TransformerBlock(
          dimension: shape.width, headCount: shape.heads, mlpRatio: encoder.mlpRatio, using: &generator))
    }
    decoderBlocks = blocks
    decoderNorm = LayerNorm(shape.width)
    decoderPred = Linear(
      inputs: shape.width, outputs: encoder.channels * encoder.patchSize * encoder.patchSize, using: &generator)
    decoderPositions = SineCosinePositions.table(grid: encoder.grid, dimension: shape.width).to(device)
    super.init()
    InitialWeights.mae.draw(for: self, using: &generator)
    fixPositions()
    move(to: device)
  }

  private func fixPositions() {
    let config = encoder.config
    guard let posEmbed = encoder.posEmbed else { return }
    let patches = SineCosinePositions.table(grid: config.grid, dimension: config.embeddingDimension)
    let prefix = Tensor.zeros([config.classToken ? 1 : 0, config.embeddingDimension])
    posEmbed.assign(Tensor.concatenate([prefix, patches]).unsqueezed(0))
    posEmbed.value.requiresGradient = false
  }

  /// Paints the hidden patches.
  ///
  /// - Parameters:
  ///   - sequences: what the encoder sees, one sequence an image.
  ///   - split: the places of the seen and the hidden patches.
  /// - Returns: pixels at the hidden places, `[B · m, p · p · 3]`: row, column, colour; and the encoder's tokens.
  func callAsFunction(_ sequences: PatchSequences, split: BatchSplit) -> (pixels: Tensor, encoded: Tensor) {
    let encoded = encoder.encode(encoder.embed(sequences), tableRows: sequences.tableRows)
    let seen = decoderEmbed(encoded).to(.float32)
    let sizes = seen.shape
    let prefix = encoder.prefixCount
    // Attention does not mind the order, so the hidden places follow the seen ones.
    let patches = seen.narrowed(1, start: prefix, count: sizes[1] - prefix) + decoderPositions.rows(split.observed)
    let hidden = (decoderPositions + maskToken.value.selected(0, 0)).rows(split.missing)
    let completed = Tensor.concatenate(
      [seen.narrowed(1, start: 0, count: prefix), patches, hidden], along: 1)
    let decoded = decoderBlocks.reduce(completed) { hidden, block in block(hidden) }
    let count = split.missing.shape[1]
    let pixels = decoderPred(decoderNorm(decoded.narrowed(1, start: sizes[1], count: count)))
    return (pixels.reshaped([sizes[0] * count, -1]), encoded)
  }
}
