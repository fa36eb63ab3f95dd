public import ImageLoading

/// An object that was found on an image.
public struct Detection: Hashable, Sendable {
  /// Where, in pixels of the image as the network saw it.
  public var box: Box
  /// Which class, from 0.
  public var label: Int
  /// Its probability.
  public var score: Float
  /// The probability of every place of the box to belong to the object, ``maskSide`` squared values, row by row; nil
  /// without masks.
  public var mask: [Float]?

  /// Pixels of a mask's side.
  public static let maskSide = MaskHead.side

  /// An object.
  public init(box: Box, label: Int, score: Float, mask: [Float]? = nil) {
    self.box = box
    self.label = label
    self.score = score
    self.mask = mask
  }

  /// The same object on the image in another size.
  public func scaled(horizontally: Float, vertically: Float) -> Detection {
    var result = self
    result.box = box.scaled(horizontally: horizontally, vertically: vertically)
    return result
  }

  /// The object's mask on an image; nil without masks.
  public func bitmap(height: Int, width: Int) -> Bitmap? {
    mask.map { MaskPasting.paste($0, side: Detection.maskSide, in: box, height: height, width: width) }
  }
}
