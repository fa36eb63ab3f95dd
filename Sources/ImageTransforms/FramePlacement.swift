public import ImageCoding
import SplitMaskCore

/// Which part of an image a frame shows, how large, and whether mirrored: one transform for the image, for boxes and for
/// maps of labels.
///
/// The rectangle `source` is scaled to `width` by `height`; the frame is the `window` of that, then mirrored.
public struct FramePlacement: Hashable, Sendable {
  /// The rectangle, in pixels of the image.
  public var source: CropBox
  /// Columns of the scaled rectangle.
  public var width: Int
  /// Rows of the scaled rectangle.
  public var height: Int
  /// The part of it that is the frame.
  public var window: CropBox
  /// Whether left and right change places.
  public var isFlipped: Bool

  /// All of the rectangle scaled.
  public init(source: CropBox, width: Int, height: Int, isFlipped: Bool = false) {
    self.init(
      source: source, width: width, height: height, window: CropBox(left: 0, top: 0, width: width, height: height),
      isFlipped: isFlipped)
  }

  /// A window of the scaled rectangle.
  public init(source: CropBox, width: Int, height: Int, window: CropBox, isFlipped: Bool = false) {
    precondition(
      window.left >= 0 && window.top >= 0 && window.width > 0 && window.height > 0
        && window.left + window.width <= width && window.top + window.height <= height, "a window of the scaled part")
    self.source = source
    self.width = width
    self.height = height
    self.window = window
    self.isFlipped = isFlipped
  }

  /// The whole image with its sides in proportion, as large as both limits allow (mmcv, mmcv/image/geometric.py).
  ///
  /// - Parameters:
  ///   - width: the image's columns.
  ///   - height: the image's rows.
  ///   - short: the most pixels of the shorter side.
  ///   - long: the most pixels of the longer side.
  ///   - isFlipped: whether the image is mirrored left to right.
  public static func fitting(width: Int, height: Int, short: Int, long: Int, isFlipped: Bool = false) -> FramePlacement
  {
    let whole = CropBox(left: 0, top: 0, width: width, height: height)
    return fitting(whole, short: short, long: long, isFlipped: isFlipped)
  }

  /// The same of a part of an image.
  public static func fitting(_ source: CropBox, short: Int, long: Int, isFlipped: Bool = false) -> FramePlacement {
    let sides = [Double(source.width), Double(source.height)]
    let factor = min(Double(long) / sides.max()!, Double(short) / sides.min()!)
    let scaled = sides.map { max(1, Int($0 * factor + 0.5)) }
    return FramePlacement(source: source, width: scaled[0], height: scaled[1], isFlipped: isFlipped)
  }

  /// Where a column of the image, counted in pixels from its left edge, lies in the frame; may be outside.
  public func x(_ x: Double) -> Double {
    let unflipped = (x - Double(source.left)) * Double(width) / Double(source.width) - Double(window.left)
    return isFlipped ? Double(window.width) - unflipped : unflipped
  }

  /// Where a row of the image lies in the frame; may be outside.
  public func y(_ y: Double) -> Double {
    (y - Double(source.top)) * Double(height) / Double(source.height) - Double(window.top)
  }

  /// The values of a map of the image's size as the frame shows them: each pixel has that of the nearest.
  ///
  /// - Parameters:
  ///   - values: row by row.
  ///   - rowLength: columns of the map.
  public func nearest<Value>(_ values: [Value], rowLength: Int) -> [Value] {
    let columns = (0..<window.width).map { column in
      let unflipped = isFlipped ? window.width - 1 - column : column
      return source.left + nearest(unflipped + window.left, of: width, in: source.width)
    }
    return values.withUnsafeBufferPointer { values in
      var result: [Value] = []
      result.reserveCapacity(window.width * window.height)
      for row in 0..<window.height {
        let start = (source.top + nearest(row + window.top, of: height, in: source.height)) * rowLength
        for column in columns { result.append(values[start + column]) }
      }
      return result
    }
  }

  /// The pixel of `length` whose part of the line holds the centre of pixel `index` of `count`.
  private func nearest(_ index: Int, of count: Int, in length: Int) -> Int {
    min(length - 1, (2 * index + 1) * length / (2 * count))
  }

  /// The transform of the pixels.
  package var view: ViewPlacement { ViewPlacement(source: source, width: width, height: height, window: window) }
}
