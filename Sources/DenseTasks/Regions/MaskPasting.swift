public import ImageLoading

/// Puts the mask head's small probability maps back on the image (mmdetection 2.11, fcn_mask_head.py): bilinear
/// interpolation between the map's pixel centres, nothing outside the map, object from one half on.
///
/// The values are those of `grid_sample` with corners not aligned, at the image's pixel centres.
public enum MaskPasting {
  /// A mask on an image.
  ///
  /// - Parameters:
  ///   - map: probabilities, `side · side` values, row by row.
  ///   - side: rows and columns of the map.
  ///   - box: where on the image the map lies.
  ///   - height: rows of the image.
  ///   - width: columns of the image.
  public static func paste(_ map: [Float], side: Int, in box: Box, height: Int, width: Int) -> Bitmap {
    precondition(map.count == side * side, "\(map.count) values do not fill \(side)x\(side)")
    var result = Bitmap(height: height, width: width)
    guard box.isFinite, box.width > 0, box.height > 0 else { return result }
    let rows = Axis(low: box.top, high: box.bottom, side: side, size: height)
    let columns = Axis(low: box.left, high: box.right, side: side, size: width)
    for row in rows.pixels {
      let vertical = rows.samples[row - rows.pixels.lowerBound]
      for column in columns.pixels {
        let horizontal = columns.samples[column - columns.pixels.lowerBound]
        // Zeros around the map stand for what lies outside.
        func value(_ y: Int, _ x: Int) -> Float {
          y < 0 || y >= side || x < 0 || x >= side ? 0 : map[y * side + x]
        }
        let upper =
          value(vertical.cell, horizontal.cell) * (1 - horizontal.fraction)
          + value(vertical.cell, horizontal.cell + 1) * horizontal.fraction
        let lower =
          value(vertical.cell + 1, horizontal.cell) * (1 - horizontal.fraction)
          + value(vertical.cell + 1, horizontal.cell + 1) * horizontal.fraction
        let probability = upper * (1 - vertical.fraction) + lower * vertical.fraction
        if probability >= 0.5 { result.pixels[row * width + column] = 1 }
      }
    }
    return result
  }

  /// Where an axis of the image's pixels lies in the map.
  private struct Axis {
    /// Pixels that the map reaches, with what little it fades out beyond its box.
    let pixels: Range<Int>
    /// For each the map's cell before it and how far on towards the next one it is.
    let samples: [(cell: Int, fraction: Float)]

    init(low: Float, high: Float, side: Int, size: Int) {
      // The map fades to nothing over half a cell of its own.
      let margin = (high - low) / Float(2 * side) + 1
      let first = Int(min(max((low - margin).rounded(.down), 0), Float(size)))
      let last = Int(min(max((high + margin).rounded(.up), 0), Float(size)))
      pixels = first..<max(first, last)
      samples = pixels.map { pixel in
        let place = (Float(pixel) + 0.5 - low) / (high - low) * Float(side) - 0.5
        let cell = place.rounded(.down)
        return (Int(cell), place - cell)
      }
    }
  }
}
