package import Torch
public import TorchNN
public import VisionModels

/// The shallow decoder that completes a half with mask tokens and predicts the words of the missing patches
/// (arXiv 2112.10740, §3.3).
///
/// Attention does not mind the order of its tokens, so the missing places simply follow the observed ones. Where the encoder
/// knows relative positions, the decoder has one table of its own for all its blocks; rotary positions, layer scale and keys'
/// biases are as in the encoder.
public final class InpaintingDecoder: Module {
  /// `[1, 1, D]`, in the place of every missing patch.
  public let maskToken: Parameter
  /// `[1, n, D]`, where the decoder has a learned table of positions.
  public let posEmbed: Parameter?
  /// The blocks' table of relative positions, where the encoder has any.
  public let relPosBias: RelativePositionTable?
  /// The transformer blocks.
  public let blocks: [TransformerBlock]
  /// The last normalisation; nil without blocks, where the encoder's own comes last.
  public let norm: LayerNorm?
  /// The words' weights and biases.
  public let head: Linear

  private let fixedPositions: FixedTable?
  private let relativePositions: RelativePositions?
  private let rotaryPositions: RotaryPositions?

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
          dimension: dimension, headCount: encoder.heads, mlpRatio: encoder.mlpRatio, keyBias: encoder.keyBias,
          layerScale: encoder.layerScale, using: &generator))
    }
    self.blocks = blocks
    let relative =
      encoder.relativePositionBias == .none || config.depth == 0
      ? nil : RelativePositions(grid: encoder.grid, prefixCount: encoder.prefixCount)
    relativePositions = relative
    rotaryPositions =
      encoder.rotaryPositions && config.depth > 0
      ? RotaryPositions(
        grid: encoder.grid, prefixCount: encoder.prefixCount, headWidth: dimension / encoder.heads) : nil
    relPosBias = relative.map { RelativePositionTable(rows: $0.rowCount, headCount: encoder.heads) }
    norm = config.depth > 0 ? LayerNorm(dimension) : nil
    head = Linear(inputs: dimension, outputs: vocabulary, using: &generator)
  }

  /// Completes sequences with mask tokens and runs the blocks.
  ///
  /// - Parameters:
  ///   - hidden: the encoder's output, `[S, prefix + k, D]`; what it says at padded places is not used.
  ///   - encoderPositions: the encoder's table, `[n, D]`; nil where it has none.
  func callAsFunction(_ hidden: Tensor, split: BatchSplit, encoderPositions: Tensor?) -> Output {
    let sizes = hidden.shape
    let prefix = sizes[1] - split.observed.shape[1]
    let ownPositions = posEmbed?.value.selected(0, 0) ?? fixedPositions?.values
    var completed = [hidden]
    if ownPositions != nil || split.ragged != nil {
      var patches = hidden.narrowed(1, start: prefix, count: sizes[1] - prefix)
      if let ownPositions { patches = patches + ownPositions.rows(split.observed) }
      completed = [hidden.narrowed(1, start: 0, count: prefix), patches]
    }
    let token = maskToken.value.selected(0, 0)
    let positions = ownPositions ?? encoderPositions
    if let ragged = split.ragged {
      let tokens = positions.map { $0 + token } ?? token.expanded([ragged.source.shape[1], sizes[2]])
      completed = [completed[0], ragged.completed(observed: completed[1], maskTokens: tokens)]
    } else if let positions {
      completed.append((positions + token).rows(split.missing))
    } else {
      completed.append(token.expanded(split.missing.shape + [sizes[2]]))
    }
    let rows = tableRows(split, prefixCount: prefix)
    let bias = relPosBias.flatMap { table in
      relativePositions.map { table($0.index(rows, on: hidden.device)) }
    }
    return run(
      Tensor.concatenate(completed, along: 1), bias: bias,
      rotation: rotaryPositions?.rotation(rows, on: hidden.device))
  }

  /// What the completed sequences hold, as `PatchSequences.tableRows`: class token, observed and missing patches; nil for
  /// whole grids.
  private func tableRows(_ split: BatchSplit, prefixCount: Int) -> Tensor? {
    guard relativePositions != nil || rotaryPositions != nil, split.ragged == nil else { return nil }
    let prefix = Tensor.range(0, prefixCount, device: split.observed.device)
      .expanded([split.observed.shape[0], prefixCount])
    return Tensor.concatenate([prefix, split.observed + prefixCount, split.missing + prefixCount], along: 1)
  }

  /// Runs the blocks over tokens that are complete already.
  package func run(_ tokens: Tensor, bias: Tensor? = nil, rotation: RotaryPositions.Rotation? = nil) -> Output {
    let raw = blocks.reduce(tokens) { hidden, block in block(hidden, bias: bias, rotation: rotation) }
    return Output(raw: raw, normalized: norm?(raw) ?? raw)
  }
}
