public import ImageLoading

/// A box on one image of a batch, with the level of the pyramid that its features come from.
public struct Region: Hashable, Sendable {
  /// Which image of the batch.
  public var image: Int
  /// The box, in pixels of the image.
  public var box: Box
  /// The level, 0 being the finest.
  public var level: Int

  /// A box on a level.
  public init(image: Int, box: Box, level: Int) {
    self.image = image
    self.box = box
    self.level = level
  }

  /// A box on the level for its size, one of four.
  public init(image: Int, box: Box) {
    self.init(image: image, box: box, level: PyramidFeatures.level(of: box, levelCount: 4))
  }
}
