public import ImageCoding
import ImageTransforms

/// One view of each image of a batch: `[B, H, W, C]`, bytes of red, green and blue or float32 of 0 to 255.
///
/// Its memory goes back to the loader, to be filled again, when the last reference to it is gone.
///
/// `@unchecked` because of the raw memory: workers have finished writing to it before a consumer sees it.
public final class HostView: @unchecked Sendable {
  /// How many images, B.
  public let batchCount: Int
  /// Rows, H.
  public let height: Int
  /// Columns, W.
  public let width: Int
  /// Which channels they have, and on which scale.
  public let pixels: PixelNormalization
  /// The values; the first byte's address is a multiple of 64.
  public let bytes: UnsafeMutableRawBufferPointer

  private let buffer: PooledBuffer

  init(batchCount: Int, size: ViewConfiguration.Size, of views: ViewConfiguration, buffer: PooledBuffer) {
    self.batchCount = batchCount
    height = size.height
    width = size.width
    pixels = views.pixels
    self.buffer = buffer
    bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(batchCount * views.byteCount(size))])
  }

  private init(first count: Int, of view: HostView) {
    batchCount = count
    (height, width, pixels) = (view.height, view.width, view.pixels)
    buffer = view.buffer
    bytes = UnsafeMutableRawBufferPointer(rebasing: view.bytes[..<(view.bytes.count / view.batchCount * count)])
  }

  /// The first images, in the same memory.
  func first(_ count: Int) -> HostView { HostView(first: min(count, batchCount), of: self) }

  /// An image as people see it.
  package func picture(of image: Int) -> PixelImage {
    let size = bytes.count / batchCount
    return PixelImage(
      showing: UnsafeRawBufferPointer(rebasing: bytes[image * size..<(image + 1) * size]), width: width,
      height: height, of: pixels)
  }
}

/// A batch of decoded images in host memory.
public final class HostBatch: Sendable {
  /// Which image of the data set each row shows.
  public let indices: [Int]
  /// The class of each row; nil when the data set has none.
  public let labels: [Int32]?
  /// First the encoder's view, then the tokenizer's where that has other pixels; with several crops (`MultiCrop`) one
  /// view a crop, in their order.
  public let views: [HostView]
  /// The images where each has a size of its own; there are no views then.
  public let frames: HostFrames?

  init(indices: [Int], labels: [Int32]?, views: [HostView], frames: HostFrames? = nil) {
    self.indices = indices
    self.labels = labels
    self.views = views
    self.frames = frames
  }

  /// How many images.
  public var count: Int { indices.count }

  /// The first images, in the same memory; all where there are no more than `count`.
  package func first(_ count: Int) -> HostBatch {
    HostBatch(
      indices: Array(indices.prefix(count)), labels: labels.map { Array($0.prefix(count)) },
      views: views.map { $0.first(count) }, frames: frames?.first(count))
  }
}
