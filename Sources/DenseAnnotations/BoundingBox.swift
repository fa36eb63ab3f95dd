/// A box in pixels: its left top corner and its sides, as COCO's files have it. Edges lie between pixels.
public struct BoundingBox: Codable, Hashable, Sendable {
  /// The left edge.
  public var left: Double
  /// The top edge.
  public var top: Double
  /// The width.
  public var width: Double
  /// The height.
  public var height: Double

  /// A box by its left top corner and its sides.
  public init(left: Double, top: Double, width: Double, height: Double) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }

  /// Width times height.
  public var area: Double { width * height }

  /// Intersection over union with a true box; over this box's own area where the true one is a crowd.
  ///
  /// - Parameters:
  ///   - truth: The other box.
  ///   - isCrowd: Whether it stands for several objects, of which this box may be one (cocoapi, common/maskApi.c).
  public func intersectionOverUnion(_ truth: BoundingBox, isCrowd: Bool = false) -> Double {
    let overlapWidth = min(left + width, truth.left + truth.width) - max(left, truth.left)
    guard overlapWidth > 0 else { return 0 }
    let overlapHeight = min(top + height, truth.top + truth.height) - max(top, truth.top)
    guard overlapHeight > 0 else { return 0 }
    let intersection = overlapWidth * overlapHeight
    return intersection / (isCrowd ? area : area + truth.area - intersection)
  }

  /// Whether any of it lies inside an image of that size.
  func meets(width imageWidth: Int, height imageHeight: Int) -> Bool {
    left < Double(imageWidth) && top < Double(imageHeight) && left + width > 0 && top + height > 0
  }
}
