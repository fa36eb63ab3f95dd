public import ImageData

/// A data set with the decoded images that several runs share.
public final class LoadedImages {
  /// The images.
  public let dataset: ImageDataset
  /// Decoded images kept in memory, once they have been read; nil when the data set is too large for that.
  public let cache: DecodedImageCache?

  /// - Parameter cacheBudget: bytes of memory for decoded images if all of them fit.
  public init(_ dataset: ImageDataset, cacheBudget: Int = DecodedImageCache.defaultBudget) {
    self.dataset = dataset
    cache = DecodedImageCache(dataset: dataset, budget: cacheBudget)
  }
}

/// The labelled images of a comparison, listed once.
struct SharedImages {
  let training: LoadedImages
  let test: ImageDataset

  /// - Throws: `DatasetError` when classes are missing or those of the test images are others.
  init(train: [String], test: [String]) throws {
    let dataset = try ImageDataset(paths: train, labelled: true)
    training = LoadedImages(dataset)
    self.test = try ImageDataset(paths: test, labelled: true, classNames: dataset.classNames)
  }
}
