/// An object that was found in an image of a ``COCODataset``.
public struct COCODetection: Codable, Hashable, Sendable {
  /// The index of the image.
  public var image: Int
  /// The class: an index of ``COCODataset/categories``.
  public var category: Int
  /// How sure it is; only the order counts.
  public var score: Double
  /// Its box.
  public var box: BoundingBox
  /// Which pixels it covers; nil where only its box is known.
  public var mask: RunLengthMask?
  /// The area, in pixels, by which it counts as small, medium or large when masks are compared; nil for the mask's own.
  public var maskSizeArea: Double?

  /// An object that was found.
  public init(
    image: Int, category: Int, score: Double, box: BoundingBox, mask: RunLengthMask? = nil, maskSizeArea: Double? = nil
  ) {
    self.image = image
    self.category = category
    self.score = score
    self.box = box
    self.mask = mask
    self.maskSizeArea = maskSizeArea
  }
}
