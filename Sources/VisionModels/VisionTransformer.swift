public import Torch
public import TorchNN

/// The vision transformer of DeiT (arXiv 2012.12877), whose state dictionary is timm's.
///
/// It takes any subset of an image's patches: what a sequence holds is said by the positions that go with it.
public final class VisionTransformer: Module {
  /// `[1, 1, D]`; nil without a class token.
  public let clsToken: Parameter?
  /// `[1, R, D]`; nil without registers.
  public let regToken: Parameter?
  /// `[1, 1 + n, D]`, the class token's place first; `[1, n, D]` without one; nil without absolute positions.
  public let posEmbed: Parameter?
  /// The linear map of patches.
  public let patchEmbed: PatchEmbed
  /// The blocks' common table of relative positions; nil where they have none, or one each.
  public let relPosBias: RelativePositionTable?
  /// The transformer blocks.
  public let blocks: [TransformerBlock]
  /// The last normalisation.
  public let norm: LayerNorm
  /// The shape.
  public let config: Config

  private let relativePositions: RelativePositions?
  private let rotaryPositions: RotaryPositions?

  /// Fresh weights, as DeiT's with timm 0.3.2 (timm/models/vision_transformer.py).
  ///
  /// - Throws: `InvalidSetting` for a shape that cannot be built.
  public init(_ config: Config, using generator: inout some RandomNumberGenerator) throws {
    try config.validate()
    self.config = config
    let dimension = config.embeddingDimension
    let positions = config.grid.count + (config.classToken ? 1 : 0)
    clsToken = config.classToken ? Parameter(Initializer.truncatedNormal([1, 1, dimension], using: &generator)) : nil
    regToken =
      config.registers > 0
      ? Parameter(Initializer.truncatedNormal([1, config.registers, dimension], using: &generator)) : nil
    posEmbed =
      config.absolutePositions
      ? Parameter(Initializer.truncatedNormal([1, positions, dimension], using: &generator)) : nil
    patchEmbed = PatchEmbed(
      channels: config.channels, patchSize: config.patchSize, outputs: dimension, using: &generator)
    let relative =
      config.relativePositionBias == .none
      ? nil : RelativePositions(grid: config.grid, prefixCount: config.prefixCount)
    relativePositions = relative
    rotaryPositions =
      config.rotaryPositions
      ? RotaryPositions(grid: config.grid, prefixCount: config.prefixCount, headWidth: dimension / config.heads) : nil
    relPosBias =
      config.relativePositionBias == .shared
      ? relative.map { RelativePositionTable(rows: $0.rowCount, headCount: config.heads) } : nil
    var blocks: [TransformerBlock] = []
    for _ in 0..<config.blockCount {
      blocks.append(
        TransformerBlock(
          dimension: dimension, headCount: config.heads, mlpRatio: config.mlpRatio, keyBias: config.keyBias,
          layerScale: config.layerScale,
          relativePositionRows: config.relativePositionBias == .perBlock ? relative?.rowCount : nil,
          normEpsilon: config.normEpsilon, using: &generator))
    }
    self.blocks = blocks
    norm = LayerNorm(dimension, epsilon: config.normEpsilon)
  }

  /// Tokens before the patches: the class token and registers.
  public var prefixCount: Int { config.prefixCount }

  /// The positions' vectors, `[n, D]`, without the class token's; nil without absolute positions.
  public var patchPositions: Tensor? {
    posEmbed?.value.selected(0, 0).narrowed(0, start: clsToken == nil ? 0 : 1, count: config.grid.count)
  }

  /// Embeds sequences of patches and adds their positions; the class token comes first, then registers.
  ///
  /// - Parameters:
  ///   - sequences: normalised patches and their places.
  ///   - positions: vectors of another grid's positions, `[n', D]`; nil takes ``patchPositions``.
  /// - Returns: `[S, prefixCount + k, D]`.
  public func embed(_ sequences: PatchSequences, positions: Tensor? = nil) -> Tensor {
    let bias = patchEmbed.proj.bias.value
    let places =
      (positions ?? patchPositions).map { $0 + bias }
      ?? bias.expanded([config.grid.count, config.embeddingDimension])
    // The tokens before the patches are the table's first rows and their patches are zeros: one product then fills the whole
    // sequence.
    let table = Tensor.concatenate(prefixTokens + [places])
    let sizes = sequences.patches.shape
    let product =
      sequences.patches.reshaped([-1, sizes[2]])
      .linear(patchEmbed.matrix) + table.rows(sequences.tableRows.reshaped([-1]))
    // Under autocast the product is rounded; the residual stream that starts here is not.
    return product.to(.float32).reshaped([sizes[0], sizes[1], config.embeddingDimension])
  }

  /// The tokens before the patches with their places, `[…, D]` each.
  private var prefixTokens: [Tensor] {
    let classToken = clsToken.map { token in
      let place = posEmbed?.value.selected(0, 0).narrowed(0, start: 0, count: 1)
      let token = token.value.selected(0, 0)
      return place.map { token + $0 } ?? token
    }
    return [classToken, regToken?.value.selected(0, 0)].compactMap { $0 }
  }

  /// Runs the blocks and the last normalisation.
  ///
  /// - Parameters:
  ///   - tokens: embedded sequences, `[S, N, D]`.
  ///   - depth: branches to leave out in training.
  ///   - bias: added to the attention's scaled products in every block, broadcast to `[S, heads, N, N]`.
  ///   - tableRows: what the sequences hold, as ``PatchSequences/tableRows``; nil is whole images, row by row. Only
  ///     relative and rotary positions need it.
  /// - Returns: `[S, N, D]`.
  public func encode(
    _ tokens: Tensor, depth: StochasticDepth? = nil, bias: Tensor? = nil, tableRows: Tensor? = nil
  ) -> Tensor {
    norm(runBlocks(tokens, depth: depth, bias: bias, tableRows: tableRows))
  }

  /// Runs the blocks without the last normalisation; parameters as for ``encode(_:depth:bias:tableRows:)``.
  public func runBlocks(
    _ tokens: Tensor, depth: StochasticDepth? = nil, bias: Tensor? = nil, tableRows: Tensor? = nil
  ) -> Tensor {
    let biases = attentionBiases(bias, tableRows: tableRows, device: tokens.device)
    let rotation = rotation(tableRows: tableRows, device: tokens.device)
    return blocks.enumerated().reduce(tokens) { hidden, entry in
      entry.element(hidden, keep: depth?[entry.offset], bias: biases(entry.offset), rotation: rotation)
    }
  }

  /// What turns every block's queries and keys; nil without rotary positions.
  func rotation(tableRows: Tensor? = nil, device: Device) -> RotaryPositions.Rotation? {
    rotaryPositions?.rotation(tableRows, on: device)
  }

  /// What each block's attention adds to its scaled products: a bias that is given, and relative positions.
  func attentionBiases(_ bias: Tensor? = nil, tableRows: Tensor? = nil, device: Device) -> (Int) -> Tensor? {
    let index = relativePositions?.index(tableRows, on: device)
    func added(_ bias: Tensor?, _ other: Tensor?) -> Tensor? {
      guard let bias, let other else { return bias ?? other }
      return bias + other
    }
    let common = added(bias, index.flatMap { index in relPosBias.map { $0(index) } })
    return { [blocks] block in
      let table = blocks[block].attn.relativePositionBiasTable?.value
      return added(common, index.flatMap { index in table.map { RelativePositions.bias($0, at: index) } })
    }
  }

  /// The tokens of whole images after the last normalisation: the class token first, then the patches row by row.
  ///
  /// - Parameter patches: normalised pixels of all patches, `[B, n, C · p · p]`.
  /// - Returns: `[B, prefixCount + n, D]`.
  public func callAsFunction(_ patches: Tensor) -> Tensor {
    encode(embed(PatchSequences(wholeImages: patches, prefixCount: prefixCount)))
  }
}

extension VisionTransformer {
  /// The tokens of whole images after some of the blocks, before the last normalisation; blocks after the last one asked
  /// for are not run.
  ///
  /// - Parameters:
  ///   - patches: normalised pixels of all patches, `[B, n, C · p · p]`.
  ///   - wanted: blocks counted from 1, in any order; each from 1 to the depth.
  ///   - positions: vectors of another grid's positions, `[n, D]`; nil takes ``patchPositions``.
  ///   - depth: branches to leave out in training.
  /// - Returns: `[B, prefixCount + n, D]` for each, in the order of the blocks.
  public func hiddenTokens(
    _ patches: Tensor, afterBlocks wanted: Set<Int>, positions: Tensor? = nil, depth: StochasticDepth? = nil
  ) -> [Tensor] {
    precondition(wanted.allSatisfy { (1...blocks.count).contains($0) }, "the encoder has \(blocks.count) blocks")
    var tokens = embed(PatchSequences(wholeImages: patches, prefixCount: prefixCount), positions: positions)
    let (biases, rotation) = (attentionBiases(device: tokens.device), rotation(device: tokens.device))
    var kept: [Tensor] = []
    for (position, block) in blocks.prefix(wanted.max() ?? 0).enumerated() {
      tokens = block(tokens, keep: depth?[position], bias: biases(position), rotation: rotation)
      if wanted.contains(position + 1) { kept.append(tokens) }
    }
    return kept
  }
}
