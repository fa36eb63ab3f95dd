/// A rectangle in pixels, edges parallel to the image's; continuous, so that its width is `right - left`.
public struct Box: Hashable, Sendable {
  /// The left edge.
  public var left: Float
  /// The upper edge.
  public var top: Float
  /// The right edge.
  public var right: Float
  /// The lower edge.
  public var bottom: Float

  /// A rectangle between edges.
  public init(left: Float, top: Float, right: Float, bottom: Float) {
    self.left = left
    self.top = top
    self.right = right
    self.bottom = bottom
  }

  /// `right - left`.
  public var width: Float { right - left }
  /// `bottom - top`.
  public var height: Float { bottom - top }
  /// Half way from left to right.
  public var centerX: Float { (left + right) * 0.5 }
  /// Half way from top to bottom.
  public var centerY: Float { (top + bottom) * 0.5 }
  /// Width times height.
  public var area: Float { width * height }
  /// Whether no edge is infinite or NaN.
  public var isFinite: Bool { left.isFinite && top.isFinite && right.isFinite && bottom.isFinite }

  /// The area of both together over the area of either, 0 where they do not meet.
  public func intersectionOverUnion(_ other: Box) -> Float {
    let width = max(0, min(right, other.right) - max(left, other.left))
    let height = max(0, min(bottom, other.bottom) - max(top, other.top))
    let intersection = width * height
    // The floor keeps two boxes without area from dividing by zero.
    return intersection / max(area + other.area - intersection, 1e-6)
  }

  /// The part inside an image.
  public func clipped(width: Float, height: Float) -> Box {
    Box(
      left: min(max(left, 0), width), top: min(max(top, 0), height), right: min(max(right, 0), width),
      bottom: min(max(bottom, 0), height))
  }

  /// The box in an image of another size.
  public func scaled(horizontally: Float, vertically: Float) -> Box {
    Box(
      left: left * horizontally, top: top * vertically, right: right * horizontally, bottom: bottom * vertically)
  }

  /// The values `IoU(first[i], second[j])`, row by row.
  public static func intersectionsOverUnions(_ first: [Box], _ second: [Box]) -> [Float] {
    first.flatMap { box in second.map { box.intersectionOverUnion($0) } }
  }
}
