extension VisionTransformer.Config {
  /// Trained values of the encoder that this shape gives.
  public var parameterCount: Int {
    let width = embeddingDimension
    let hidden = mlpRatio * width
    let norm = 2 * width
    let attention = 4 * width * width + (keyBias ? 4 : 3) * width
    let mlp = 2 * width * hidden + hidden + width
    let scales = layerScale == nil ? 0 : 2 * width
    let positions = absolutePositions ? (grid.count + (classToken ? 1 : 0)) * width : 0
    return 3 * patchSize * patchSize * width + width + (classToken ? width : 0) + positions
      + blockCount * (2 * norm + attention + mlp + scales) + norm + relativePositionTables * relativePositionTable
  }

  private var relativePositionTables: Int {
    switch relativePositionBias {
    case .none: 0
    case .shared: 1
    case .perBlock: blockCount
    }
  }

  /// A value a head for each difference of places, and three for the class token (BEiT, `modeling_finetune.py`).
  private var relativePositionTable: Int {
    ((2 * grid.rows - 1) * (2 * grid.columns - 1) + (classToken ? 3 : 0)) * heads
  }
}
