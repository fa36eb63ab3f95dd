import Foundation
import ImageCoding
public import ImageData
import Synchronization

/// Decoded images of a small data set, kept in memory so that each file is decoded once a run and not once an epoch.
///
/// Loaders of subsets of one data set can share it. Whether there is one changes what a decoder may do (with it an
/// image is always decoded whole, without it only the crop may be), so it is decided once, by the data set and the
/// budget, and never while batches are made.
public final class DecodedImageCache: Sendable {
  /// 2 GiB, or a quarter of the machine's memory where that is less.
  public static var defaultBudget: Int {
    Int(min(2 << 30, ProcessInfo.processInfo.physicalMemory / 4))
  }

  /// Bytes of pixels that may be kept.
  public let budget: Int

  private struct State {
    var images: [Int32: PixelImage] = [:]
    var byteCount = 0
  }

  private let entries: DatasetEntries
  private let state = Mutex(State())

  /// - Returns: nil when the images, judged by the headers of a few, would not fit the budget.
  public init?(dataset: ImageDataset, budget: Int = DecodedImageCache.defaultBudget) {
    guard budget > 0, Self.estimatedByteCount(of: dataset) <= budget else { return nil }
    entries = dataset.entries
    self.budget = budget
  }

  /// Bytes of pixels kept now.
  public var byteCount: Int { state.withLock { $0.byteCount } }

  /// The image, where it is kept.
  func image(_ index: Int, of dataset: ImageDataset) -> PixelImage? {
    precondition(dataset.entries === entries, "a cache serves the data set that it was made for, and its subsets")
    let entry = Int32(dataset.entry(of: index))
    return state.withLock { $0.images[entry] }
  }

  /// Keeps the image, unless the budget is used up.
  func keep(_ image: PixelImage, _ index: Int, of dataset: ImageDataset) {
    let entry = Int32(dataset.entry(of: index))
    state.withLock {
      guard $0.byteCount + image.pixels.count <= budget else { return }
      guard $0.images.updateValue(image, forKey: entry) == nil else { return }
      $0.byteCount += image.pixels.count
    }
  }

  private static func estimatedByteCount(of dataset: ImageDataset) -> Int {
    let headers = dataset.sampledHeaders()
    guard !headers.isEmpty else { return 0 }
    return headers.reduce(0) { $0 + $1.width * $1.height * 3 } / headers.count * dataset.count
  }
}
