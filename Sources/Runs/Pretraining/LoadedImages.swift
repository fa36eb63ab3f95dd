public import ImageData
public import ImageLoading

/// A data set with the decoded images that several runs share.
public final class LoadedImages {
  /// The images.
  public let dataset: ImageDataset
  /// Decoded images kept in memory, once they have been read; nil when the data set is too large for that.
  public let cache: DecodedImageCache?

  /// - Parameters:
  ///   - dataset: the images.
  ///   - cacheBudget: bytes of memory for decoded images if all of them fit.
  public init(_ dataset: ImageDataset, cacheBudget: Int = DecodedImageCache.defaultBudget) {
    self.dataset = dataset
    cache = DecodedImageCache(dataset: dataset, budget: cacheBudget)
  }
}
