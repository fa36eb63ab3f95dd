import SplitMaskCore
public import Torch
public import TorchNN
public import VisionModels

/// A plain vision transformer that gives maps of strides 4, 8, 16 and 32 for images of any size.
public final class DenseBackbone: Module {
  /// The transformer. Its last normalisation is not used.
  public let encoder: VisionTransformer
  /// The positions' module; nil where positions are fixed or the encoder's own.
  public let positionEncoding: FourierPositionEncoding?
  /// From maps of one stride to four.
  public let adapter: FeaturePyramidAdapter
  private let positions: DensePositions

  /// What the encoder's keys begin with in a network that calls its backbone `backbone`.
  static let encoderKey = "backbone.encoder."

  /// The side of the patches that its encoders have, in pixels.
  public static let patchSize = 16
  /// Pixels that a map's pixel stands for, finest first.
  public static let strides = [4, 8, 16, 32]

  /// Fresh weights around an encoder.
  ///
  /// - Throws: `InvalidSetting` for an encoder whose depth is no multiple of 4 or whose patches are not of 16.
  public init(
    _ encoder: VisionTransformer, positions: DensePositions, using generator: inout some RandomNumberGenerator
  ) throws {
    let config = encoder.config
    try DenseBackbone.validate(config)
    self.encoder = encoder
    self.positions = positions
    positionEncoding =
      positions == .fourier
      ? FourierPositionEncoding(dimension: config.embeddingDimension, using: &generator) : nil
    adapter = FeaturePyramidAdapter(dimension: config.embeddingDimension, using: &generator)
  }

  /// Checks that an encoder gives the maps that dense tasks need.
  ///
  /// - Throws: `InvalidSetting` for an encoder whose depth is no multiple of 4 or whose patches are not of 16.
  public static func validate(_ encoder: VisionTransformer.Config) throws {
    guard encoder.patchSize == patchSize else {
      throw InvalidSetting(
        "model.patchSize",
        """
        detection and segmentation take encoders with patches of \(patchSize); this one's are of \(encoder.patchSize). Pretrain one \
        with --patch-size \(patchSize), or start with --from random --patch-size \(patchSize)
        """)
    }
    guard encoder.blockCount % 4 == 0 else {
      throw InvalidSetting(
        "model.depth",
        """
        detection and segmentation take encoders whose depth is a multiple of 4, as every quarter of the blocks gives a map; \
        this one's is \(encoder.blockCount). Pretrain one with --set model.depth=\((encoder.blockCount + 3) / 4 * 4)
        """)
    }
  }

  /// Four maps `[B, D, H / stride, W / stride]`.
  ///
  /// An encoder with relative or rotary positions takes images of its own size only.
  ///
  /// - Parameters:
  ///   - images: a batch of images as patches.
  ///   - depth: branches to leave out in training.
  ///   - training: whether batch normalisation uses the batch's statistics.
  public func callAsFunction(_ images: DenseImages, depth: StochasticDepth? = nil, training: Bool) -> [Tensor] {
    let config = encoder.config
    let grid = images.grid
    precondition(images.patchSize == config.patchSize, "images of other patches than the encoder's")
    precondition(
      config.relativePositionBias == .none && !config.rotaryPositions || grid == config.grid,
      "an encoder with relative or rotary positions takes images of \(config.imageSize), not \(images.paddedSize)")
    let blocks = FeaturePyramidAdapter.blocks(depth: config.blockCount)
    let tokens = encoder.hiddenTokens(
      images.patches, afterBlocks: Set(blocks), positions: positionVectors(grid), depth: depth)
    let prefix = encoder.prefixCount
    let maps = tokens.map { tokens in
      tokens.narrowed(1, start: prefix, count: grid.count).transposed(1, 2)
        .reshaped([tokens.shape[0], config.embeddingDimension, grid.rows, grid.columns])
    }
    return adapter(maps, training: training)
  }

  /// The positions of a grid's patches, `[n, D]`; nil takes the encoder's own.
  private func positionVectors(_ grid: PatchGrid) -> Tensor? {
    switch positions {
    case .fourier: return positionEncoding!(grid)
    case .sineCosine:
      return SineCosinePositions.table(grid: grid, dimension: encoder.config.embeddingDimension)
        .to(encoder.patchEmbed.proj.bias.value.device)
    case .resampled:
      guard let table = encoder.patchPositions, grid != encoder.config.grid else { return nil }
      let own = encoder.config.grid
      return table.reshaped([1, own.rows, own.columns, -1]).permuted([0, 3, 1, 2])
        .resizedBicubic(height: grid.rows, width: grid.columns)
        .permuted([0, 2, 3, 1]).reshaped([grid.count, -1])
    }
  }
}

/// Where the positions of patches come from on images of any size (docs/method.md, Networks for dense tasks).
public enum DensePositions: String, Codable, Hashable, Sendable, CaseIterable {
  /// ``FourierPositionEncoding``, in place of the patches' learned positions; the paper's detection.
  case fourier
  /// Fixed sines and cosines, as MAE's, in place of the patches' learned positions.
  case sineCosine = "sine-cosine"
  /// The encoder's learned table, resampled bicubically where the grid is another.
  case resampled
}
