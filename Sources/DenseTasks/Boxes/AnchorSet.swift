public import ImageLoading
public import VisionModels

/// The anchors of a batch of images, numbered level by level, within a level place by place in rows, within a place by
/// ratio. The places are the multiples of the stride; nothing is shifted by half a pixel.
public struct AnchorSet: Sendable {
  /// The anchors of one level.
  public struct Level: Sendable {
    /// Pixels between places.
    public let stride: Int
    /// Rows and columns of places.
    public let shape: PatchGrid
    /// The anchors of the place at the origin.
    public let bases: [Box]
    /// The number of the level's first anchor.
    public let firstIndex: Int

    /// Anchors of the level.
    public var count: Int { shape.count * bases.count }
    /// The numbers of the level's anchors.
    public var indices: Range<Int> { firstIndex..<firstIndex + count }

    /// Rows and columns of places that an image reaches, the last ones perhaps in part.
    func valid(in size: ImageSize) -> PatchGrid {
      PatchGrid(
        rows: min((size.height + stride - 1) / stride, shape.rows),
        columns: min((size.width + stride - 1) / stride, shape.columns))
    }

    /// The numbers of the anchors at some places of a row.
    func indices(row: Int, columns: Range<Int>) -> Range<Int> {
      let start = firstIndex + row * shape.columns * bases.count
      return start + columns.lowerBound * bases.count..<start + columns.upperBound * bases.count
    }
  }

  /// The levels, finest first.
  public let levels: [Level]

  /// Anchors of all levels.
  public var count: Int { levels.last.map { $0.indices.upperBound } ?? 0 }

  /// One anchor.
  public subscript(index: Int) -> Box {
    let level = levels.last { $0.firstIndex <= index }!
    let (place, base) = (index - level.firstIndex).quotientAndRemainder(dividingBy: level.bases.count)
    return AnchorSet.box(level, row: place / level.shape.columns, column: place % level.shape.columns, base: base)
  }

  /// All anchors in order.
  public var boxes: [Box] {
    var result: [Box] = []
    result.reserveCapacity(count)
    for level in levels {
      for row in 0..<level.shape.rows {
        for column in 0..<level.shape.columns {
          for base in level.bases.indices {
            result.append(AnchorSet.box(level, row: row, column: column, base: base))
          }
        }
      }
    }
    return result
  }

  /// The numbers of the anchors whose places lie in an image that is smaller than the batch's.
  ///
  /// - Parameter size: of the image with its own padding.
  public func validRanges(in size: ImageSize) -> [Range<Int>] {
    levels.flatMap { level in
      let valid = level.valid(in: size)
      return (0..<valid.rows).map { level.indices(row: $0, columns: 0..<valid.columns) }
    }
  }

  /// Numbers of anchors, among those of ``validRanges(in:)``, that hold all that meet a box.
  ///
  /// Most anchors meet no given box, so that matching looks at a small part of them.
  public func ranges(near box: Box, in size: ImageSize) -> [Range<Int>] {
    levels.flatMap { level in
      let valid = level.valid(in: size)
      let reach = SIMD2(level.bases.map(\.right).max()!, level.bases.map(\.bottom).max()!)
      let rows = places(box.top - reach.y, box.bottom + reach.y, stride: level.stride, count: valid.rows)
      let columns = places(box.left - reach.x, box.right + reach.x, stride: level.stride, count: valid.columns)
      return columns.isEmpty ? [] : rows.map { level.indices(row: $0, columns: columns) }
    }
  }

  /// Places of an axis from a pixel to a pixel.
  private func places(_ first: Float, _ last: Float, stride: Int, count: Int) -> Range<Int> {
    let step = Float(stride)
    let lower = Int(min(max((first / step).rounded(.down), 0), Float(count)))
    let upper = Int(min(max((last / step).rounded(.up) + 1, 0), Float(count)))
    return lower..<max(lower, upper)
  }

  private static func box(_ level: Level, row: Int, column: Int, base: Int) -> Box {
    let (x, y) = (Float(column * level.stride), Float(row * level.stride))
    let shape = level.bases[base]
    return Box(left: shape.left + x, top: shape.top + y, right: shape.right + x, bottom: shape.bottom + y)
  }
}
