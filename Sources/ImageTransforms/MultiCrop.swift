public import SplitMaskCore

/// Several crops of each image, every one a draw of its own (SwAV's and DINO's multi-crop;
/// facebookresearch/dino, main_dino.py).
///
/// All crops of an image come from one decoding of it and from one generator, in order.
public struct MultiCrop: Codable, Hashable, Sendable {
  /// One crop: how large it is shown, and what is drawn.
  public struct Crop: Codable, Hashable, Sendable {
    /// The size of its view.
    public var size: ViewConfiguration.Size
    /// The share of the image, flip and changes of colour; the blur's radius is in pixels of this view.
    public var augmentation: Augmentation.Config

    /// A crop.
    public init(size: ViewConfiguration.Size, augmentation: Augmentation.Config) {
      self.size = size
      self.augmentation = augmentation
    }
  }

  /// The crops, in the order of a batch's views; at least one.
  public let crops: [Crop]

  /// Crops in the order of a batch's views, at least one.
  public init(_ crops: [Crop]) {
    precondition(!crops.isEmpty, "an image needs at least one crop")
    self.crops = crops
  }

  /// The views that hold the crops.
  public var views: ViewConfiguration { ViewConfiguration(crops: crops.map(\.size)) }

  /// Draws what is done for every crop of an image.
  ///
  /// - Parameters:
  ///   - generator: gives the random numbers.
  ///   - width: the image's columns.
  ///   - height: the image's rows.
  ///   - channelCount: its channels, of which some may be dropped.
  public func draws(
    using generator: inout SeededGenerator, width: Int, height: Int, channelCount: Int = 3
  ) -> [Augmentation.Draw] {
    crops.map {
      Augmentation($0.augmentation)
        .draw(using: &generator, width: width, height: height, channelCount: channelCount)
    }
  }
}
