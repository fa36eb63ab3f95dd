package import CImageCodecs
package import ImageCoding

/// A resize of a rectangle of an image to `width` by `height`, of which only a window is made.
package struct ViewPlacement {
  /// The rectangle, in pixels of the full-size image. Pixels outside have no influence.
  var source: CropBox
  var width: Int
  var height: Int
  var window: CropBox

  /// A resize of a rectangle, of which a window is made.
  init(source: CropBox, width: Int, height: Int, window: CropBox) {
    (self.source, self.width, self.height, self.window) = (source, width, height, window)
  }

  /// A resize of a whole image.
  package init(ofAllPixels sourceWidth: Int, _ sourceHeight: Int, width: Int, height: Int) {
    self.init(
      source: CropBox(left: 0, top: 0, width: sourceWidth, height: sourceHeight), width: width, height: height,
      window: CropBox(left: 0, top: 0, width: width, height: height))
  }

  /// One axis, in pixels of an image reduced by `reduction`, counted from `origin` of that image.
  private struct Axis {
    let origin: Int
    let axis: cic_axis

    init(start: Int, length: Int, reduction: Int, size: Int, windowStart: Int, windowSize: Int) {
      origin = start / reduction
      let end = start + length
      axis = cic_axis(
        start: Double(start) / Double(reduction) - Double(origin),
        end: Double(end) / Double(reduction) - Double(origin),
        low: 0, high: Int32((end + reduction - 1) / reduction - origin), size: Int32(size),
        window_start: Int32(windowStart), window_size: Int32(windowSize))
    }
  }

  private func horizontal(_ reduction: Int) -> Axis {
    Axis(
      start: source.left, length: source.width, reduction: reduction, size: width, windowStart: window.left,
      windowSize: window.width)
  }

  private func vertical(_ reduction: Int) -> Axis {
    Axis(
      start: source.top, length: source.height, reduction: reduction, size: height, windowStart: window.top,
      windowSize: window.height)
  }

  /// The pixels of the full-size image that the window depends on.
  package func neededBox(_ filter: cic_filter) -> CropBox {
    func extent(_ axis: Axis) -> Range<Int> {
      var first: Int32 = 0
      var last: Int32 = 0
      withUnsafePointer(to: axis.axis) { cic_axis_extent($0, filter, &first, &last) }
      return axis.origin + Int(first)..<axis.origin + Int(last)
    }
    let columns = extent(horizontal(1))
    let rows = extent(vertical(1))
    return CropBox(left: columns.lowerBound, top: rows.lowerBound, width: columns.count, height: rows.count)
  }

  /// Renders the window from decoded pixels that contain what it needs.
  package func render(
    _ pixels: cic_pixels, filter: cic_filter, isFlipped: Bool, into destination: UnsafeMutableRawPointer,
    scratch: RenderScratch
  ) throws {
    let columns = horizontal(Int(pixels.reduction))
    let rows = vertical(Int(pixels.reduction))
    var moved = pixels
    moved.x -= Int32(columns.origin)
    moved.y -= Int32(rows.origin)
    let bytes = destination.assumingMemoryBound(to: UInt8.self)
    let status = withUnsafePointer(to: columns.axis) { columns in
      withUnsafePointer(to: rows.axis) { rows in
        cic_resample(scratch.handle, &moved, columns, rows, filter, isFlipped, bytes)
      }
    }
    guard status == CIC_OK else { throw ImageError(status, reason: "", pixelLimit: 0) }
  }

  /// Renders the window as floats, neither rounded nor clipped.
  package func render(
    _ image: SampleImage, filter: cic_filter, isFlipped: Bool, into destination: UnsafeMutablePointer<Float>,
    scratch: RenderScratch
  ) throws {
    precondition(
      source.left >= 0 && source.top >= 0 && source.left + source.width <= image.width
        && source.top + source.height <= image.height, "a rectangle of the image")
    let columns = horizontal(1)
    let rows = vertical(1)
    let status = image.values.withUnsafeBufferPointer { values in
      var floats = cic_floats(
        values: values.baseAddress, x: -Int32(columns.origin), y: -Int32(rows.origin), width: Int32(image.width),
        height: Int32(image.height), channels: Int32(image.channelCount))
      return withUnsafePointer(to: columns.axis) { columns in
        withUnsafePointer(to: rows.axis) { rows in
          cic_resample_floats(scratch.handle, &floats, columns, rows, filter, isFlipped, destination)
        }
      }
    }
    guard status == CIC_OK else { throw ImageError(status, reason: "", pixelLimit: 0) }
  }
}
