/// What is on an image: the objects to find.
public struct DetectionTarget: Sendable {
  /// Every object's box in pixels of the image, with a width and a height above zero.
  public var boxes: [Box]
  /// Every object's class, from 0.
  public var labels: [Int]
  /// Every object's mask on the image with its padding; nil where only boxes are known.
  public var masks: [Bitmap]?

  /// Objects; none at all is an image that shows background only.
  public init(boxes: [Box], labels: [Int], masks: [Bitmap]? = nil) {
    precondition(
      labels.count == boxes.count && (masks?.count ?? boxes.count) == boxes.count, "one label and mask a box")
    self.boxes = boxes
    self.labels = labels
    self.masks = masks
  }
}
