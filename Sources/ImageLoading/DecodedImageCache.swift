import Foundation
public import ImageCoding
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
    var images: [Int32: DecodedImage] = [:]
    var byteCount = 0
  }

  private let entries: DatasetEntries
  private let pixels: PixelNormalization
  private let state = Mutex(State())

  /// - Parameters:
  ///   - dataset: the images.
  ///   - pixels: what of them is read.
  ///   - budget: bytes of pixels that may be kept.
  /// - Returns: nil when the images, judged by the headers of a few, would not fit the budget.
  public init?(
    dataset: ImageDataset, pixels: PixelNormalization = .imageNet, budget: Int = DecodedImageCache.defaultBudget
  ) {
    guard budget > 0, Self.estimatedByteCount(of: dataset, pixels) <= budget else { return nil }
    entries = dataset.entries
    self.pixels = pixels
    self.budget = budget
  }

  /// Bytes of pixels kept now.
  public var byteCount: Int { state.withLock { $0.byteCount } }

  /// The image, decoded now unless it is kept; then it is kept unless the budget is used up.
  ///
  /// - Parameters:
  ///   - index: which image.
  ///   - dataset: the data set that the cache was made for, or a subset of it.
  ///   - decode: makes it.
  /// - Throws: what `decode` throws.
  func image(
    _ index: Int, of dataset: ImageDataset, decode: (PixelNormalization) throws -> DecodedImage
  ) rethrows -> DecodedImage {
    precondition(dataset.entries === entries, "a cache serves the data set that it was made for, and its subsets")
    let entry = Int32(dataset.entry(of: index))
    if let kept = state.withLock({ $0.images[entry] }) { return kept }
    let image = try decode(pixels)
    keep(image, entry)
    return image
  }

  private func keep(_ image: DecodedImage, _ entry: Int32) {
    state.withLock {
      guard $0.byteCount + image.byteCount <= budget else { return }
      guard $0.images.updateValue(image, forKey: entry) == nil else { return }
      $0.byteCount += image.byteCount
    }
  }

  private static func estimatedByteCount(of dataset: ImageDataset, _ pixels: PixelNormalization) -> Int {
    let headers = dataset.sampledHeaders()
    guard !headers.isEmpty else { return 0 }
    return headers.reduce(0) { $0 + $1.width * $1.height * pixels.bytesPerPixel } / headers.count * dataset.count
  }
}
