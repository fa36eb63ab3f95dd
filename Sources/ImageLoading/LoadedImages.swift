package import ImageCoding
public import ImageData
import Synchronization

/// A data set with the decoded images that several runs share.
public final class LoadedImages: Sendable {
  /// The images.
  public let dataset: ImageDataset

  private let cacheBudget: Int
  private let latest = Mutex<(pixels: PixelNormalization, cache: DecodedImageCache?)?>(nil)

  /// - Parameters:
  ///   - dataset: the images.
  ///   - cacheBudget: bytes of memory for decoded images if all of them fit.
  public init(_ dataset: ImageDataset, cacheBudget: Int = DecodedImageCache.defaultBudget) {
    self.dataset = dataset
    self.cacheBudget = cacheBudget
  }

  /// Decoded images kept in memory, once they have been read; nil when the data set is too large for that.
  ///
  /// - Parameter pixels: what of the images is read; the images of runs that read the same are shared.
  package func cache(of pixels: PixelNormalization) -> DecodedImageCache? {
    latest.withLock {
      if let kept = $0, kept.pixels == pixels { return kept.cache }
      let cache = DecodedImageCache(dataset: dataset, pixels: pixels, budget: cacheBudget)
      $0 = (pixels, cache)
      return cache
    }
  }
}
