public import ImageLoading

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Boxes as changes of other boxes: shifts of the centre in units of width and height, and the sides' ratios as
/// logarithms (R-CNN, arXiv 1311.2524; mmdetection 2.11, delta_xywh_bbox_coder.py).
public struct BoxCoder: Hashable, Sendable {
  /// Changes of a box, each divided by its standard deviation: centre x, centre y, width, height.
  public typealias Deltas = SIMD4<Float>

  /// What the changes are divided by.
  public var standardDeviations: Deltas
  /// The largest change of a side that is decoded, as a logarithm, both ways: ln(1000/16).
  package static let logarithmLimit: Float = 4.135166556742356

  /// The default is the region proposals', without division.
  public init(standardDeviations: Deltas = Deltas(repeating: 1)) {
    self.standardDeviations = standardDeviations
  }

  /// The box head's: .1 for the centre, .2 for the sides (facebookresearch/xcit, detection/configs).
  public static let boxHead = BoxCoder(standardDeviations: Deltas(0.1, 0.1, 0.2, 0.2))

  /// The changes that make `target` of `base`. Both have an area above zero.
  public func encode(_ target: Box, from base: Box) -> Deltas {
    let changes = Deltas(
      (target.centerX - base.centerX) / base.width, (target.centerY - base.centerY) / base.height,
      log(target.width / base.width), log(target.height / base.height))
    return changes / standardDeviations
  }

  /// What the changes make of `base`, cut at the image's edges.
  public func decode(_ deltas: Deltas, from base: Box, imageWidth: Float, imageHeight: Float) -> Box {
    let change = deltas * standardDeviations
    let limit = BoxCoder.logarithmLimit
    let halfWidth = base.width * exp(min(max(change.z, -limit), limit)) * 0.5
    let halfHeight = base.height * exp(min(max(change.w, -limit), limit)) * 0.5
    let x = base.centerX + base.width * change.x
    let y = base.centerY + base.height * change.y
    let box = Box(left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight)
    return box.clipped(width: imageWidth, height: imageHeight)
  }
}
