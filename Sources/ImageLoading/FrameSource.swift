public import ImageCoding
public import ImageTransforms
public import SplitMaskCore

/// What is known of an image, moved with it.
public enum FrameAnnotation: Sendable {
  /// The objects on it.
  case objects(DetectionTarget)
  /// The class of every pixel.
  case labels(LabelMap)
}

/// An image of its own size in a batch, and what is known of it.
public struct Frame: Sendable {
  /// What it shows.
  public var placement: FramePlacement
  /// Changes of colour; nil leaves them.
  public var distortion: PhotometricDistortion.Draw?
  /// What is known of it.
  public var annotation: FrameAnnotation?

  /// A frame of an image.
  public init(
    _ placement: FramePlacement, distortion: PhotometricDistortion.Draw? = nil, annotation: FrameAnnotation? = nil
  ) {
    self.placement = placement
    self.distortion = distortion
    self.annotation = annotation
  }

  /// Columns.
  public var width: Int { placement.window.width }
  /// Rows.
  public var height: Int { placement.window.height }

  /// How many pixels.
  var pixelCount: Int { width * height }
}

/// Decides what part of each image a batch shows, for tasks whose images have sizes of their own.
public protocol FrameSource: Sendable {
  /// The most pixels that a frame has.
  var pixelLimit: Int { get }

  /// The frame of an image. Called by the loader's threads.
  ///
  /// - Parameters:
  ///   - image: its index in the data set.
  ///   - width: its columns, upright.
  ///   - height: its rows.
  ///   - generator: for every draw.
  /// - Throws: `ImageError` for an image to be passed over; any other error ends the epoch.
  func frame(of image: Int, width: Int, height: Int, using generator: inout SeededGenerator) throws -> Frame
}
