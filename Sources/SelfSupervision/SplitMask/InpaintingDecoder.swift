package import Torch
public import TorchNN
public import VisionModels

/// The shallow decoder that completes a half with mask tokens and predicts the words of the missing patches
/// (paper §3.3; METHODS §3.2).
///
/// Attention does not mind the order of its tokens, so the missing places simply follow the observed ones.
public final class InpaintingDecoder: Module {
  /// `[1, 1, D]`, in the place of every missing patch.
  public let maskToken: Parameter
  /// `[1, n, D]`, where the decoder has a learned table of positions.
  public let posEmbed: Parameter?
  /// The transformer blocks.
  public let blocks: [TransformerBlock]
  /// The last normalisation; nil without blocks, where the encoder's own comes last.
  public let norm: LayerNorm?
  /// The words' weights and biases.
  public let head: Linear

  private let fixedPositions: FixedTable?

  /// What the decoder makes of a batch of sequences.
  package struct Output {
    /// Tokens before the last normalisation, `[S, prefix + n, D]`: class token, observed patches, missing patches; or
    /// class token and all patches in the order of the grid, where sequences see differently many.
    package let raw: Tensor
    /// Tokens after it.
    package let normalized: Tensor
  }

  /// A constant table that is no parameter.
  private final class FixedTable {
    let values: Tensor
    init(_ values: Tensor) { self.values = values }
  }

  init(
    encoder: VisionTransformer.Config, config: SplitMask.Decoder, vocabulary: Int, device: Device,
    using generator: inout some RandomNumberGenerator
  ) {
    let dimension = encoder.embeddingDimension
    maskToken = Parameter(Initializer.truncatedNormal([1, 1, dimension], using: &generator))
    posEmbed =
      config.positions == .learned
      ? Parameter(Initializer.truncatedNormal([1, encoder.grid.count, dimension], using: &generator)) : nil
    fixedPositions =
      config.positions == .sineCosine
      ? FixedTable(SineCosinePositions.table(grid: encoder.grid, dimension: dimension).to(device)) : nil
    var blocks: [TransformerBlock] = []
    for _ in 0..<config.depth {
      blocks.append(
        TransformerBlock(
          dimension: dimension, headCount: encoder.heads, mlpRatio: encoder.mlpRatio, using: &generator))
    }
    self.blocks = blocks
    norm = config.depth > 0 ? LayerNorm(dimension) : nil
    head = Linear(inputs: dimension, outputs: vocabulary, using: &generator)
  }

  /// Completes sequences with mask tokens and runs the blocks.
  ///
  /// - Parameters:
  ///   - hidden: the encoder's output, `[S, prefix + k, D]`; what it says at padded places is not used.
  ///   - encoderPositions: the encoder's table, `[n, D]`.
  func callAsFunction(_ hidden: Tensor, split: BatchSplit, encoderPositions: Tensor) -> Output {
    let sizes = hidden.shape
    let prefix = sizes[1] - split.observed.shape[1]
    let ownPositions = posEmbed?.value.selected(0, 0) ?? fixedPositions?.values
    let places = (ownPositions ?? encoderPositions) + maskToken.value.selected(0, 0)
    guard ownPositions != nil || split.ragged != nil else {
      return run(Tensor.concatenate([hidden, places.rows(split.missing)], along: 1))
    }
    let first = hidden.narrowed(1, start: 0, count: prefix)
    var patches = hidden.narrowed(1, start: prefix, count: sizes[1] - prefix)
    if let ownPositions { patches = patches + ownPositions.rows(split.observed) }
    guard let ragged = split.ragged else {
      return run(Tensor.concatenate([first, patches, places.rows(split.missing)], along: 1))
    }
    return run(Tensor.concatenate([first, ragged.completed(observed: patches, maskTokens: places)], along: 1))
  }

  /// Runs the blocks over tokens that are complete already.
  package func run(_ tokens: Tensor) -> Output {
    let raw = blocks.reduce(tokens) { hidden, block in block(hidden) }
    return Output(raw: raw, normalized: norm?(raw) ?? raw)
  }
}
