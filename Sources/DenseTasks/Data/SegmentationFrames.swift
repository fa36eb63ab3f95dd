public import DenseAnnotations
public import ImageLoading
public import SplitMaskCore

/// The images of a folder in ADE20k's layout to learn from, each in a random part and size with its labels.
public struct SegmentationFrames: FrameSource {
  private let folder: ADEFolder
  private let augmentation: SegmentationAugmentation

  /// All images of the folder, in its order.
  public init(_ folder: ADEFolder, augmentation: SegmentationAugmentation) {
    self.folder = folder
    self.augmentation = augmentation
  }

  /// As large as the augmentation makes them.
  public var pixelLimit: Int { augmentation.pixelLimit }

  /// - Throws: `DatasetError` when the label map cannot be used.
  public func frame(
    of image: Int, width: Int, height: Int, using generator: inout SeededGenerator
  ) throws -> Frame {
    augmentation.draw(try folder.labels(image, width: width, height: height), using: &generator)
  }
}
