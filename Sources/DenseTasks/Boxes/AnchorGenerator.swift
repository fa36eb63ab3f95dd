package import ImageLoading
public import VisionModels

/// The boxes that region proposals start from: at every place of every level, one of each aspect ratio
/// (mmdetection 2.11, mmdet/core/anchor/anchor_generator.py).
public struct AnchorGenerator: Codable, Hashable, Sendable {
  /// Pixels between the places of every level.
  public var strides = [4, 8, 16, 32, 64]
  /// A square anchor's side over the stride.
  public var scale = 8.0
  /// Heights over widths; all anchors of a level have the same area.
  public var ratios = [0.5, 1, 2]

  /// Five levels of three anchors a place.
  public init() {}

  /// The anchors of one place of a level, centred on the origin, in the order of the ratios.
  package func baseAnchors(stride: Int) -> [Box] {
    ratios.map { ratio in
      let root = Float(ratio).squareRoot()
      let side = Float(stride) * Float(scale)
      let (width, height) = (side / root, side * root)
      return Box(left: -width / 2, top: -height / 2, right: width / 2, bottom: height / 2)
    }
  }

  /// All anchors of a batch.
  ///
  /// - Parameter shapes: rows and columns of every level's map.
  public func anchors(shapes: [PatchGrid]) -> AnchorSet {
    precondition(shapes.count == strides.count, "\(shapes.count) levels for \(strides.count) strides")
    var first = 0
    let levels = zip(strides, shapes).map { stride, shape in
      let bases = baseAnchors(stride: stride)
      defer { first += shape.count * bases.count }
      return AnchorSet.Level(stride: stride, shape: shape, bases: bases, firstIndex: first)
    }
    return AnchorSet(levels: levels)
  }
}
