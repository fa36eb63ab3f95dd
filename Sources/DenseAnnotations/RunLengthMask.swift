public import ImageCoding
import ImageData

/// A binary mask as run lengths, COCO's RLE: down the columns, from the left; zeros first.
public struct RunLengthMask: Codable, Hashable, Sendable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int
  /// Lengths of the runs, of zeros and ones in turns; the first, of zeros, may be 0.
  public let counts: [UInt32]

  /// A mask of known runs.
  ///
  /// - Throws: `DatasetError` when the runs do not add up to the image.
  public init(counts: [UInt32], height: Int, width: Int) throws {
    guard height > 0, width > 0, height <= Int(Int32.max) / width else {
      throw DatasetError("a mask cannot be \(height) pixels high and \(width) wide")
    }
    let sum = counts.reduce(0) { $0 + Int($1) }
    guard sum == height * width else {
      throw DatasetError(
        "its run lengths add up to \(sum), not to the \(height * width) pixels of \(height) x \(width)")
    }
    self.init(trusted: counts, height: height, width: width)
  }

  init(trusted counts: [UInt32], height: Int, width: Int) {
    self.counts = counts
    self.height = height
    self.width = width
  }

  /// A mask from bytes `[height, width]`, row by row; all but 0 is inside.
  public init(bitmap: [UInt8], height: Int, width: Int) {
    self.init(
      bitmap: bitmap, region: CropBox(left: 0, top: 0, width: width, height: height), height: height, width: width)
  }

  /// A mask whose inside lies in a rectangle of the image: costs no more than the rectangle has pixels.
  ///
  /// - Parameters:
  ///   - bitmap: Bytes `[region.height, region.width]`, row by row; all but 0 is inside.
  ///   - region: Where they lie; within the image.
  ///   - height: The image's rows.
  ///   - width: The image's columns.
  public init(bitmap: [UInt8], region: CropBox, height: Int, width: Int) {
    precondition(
      region.left >= 0 && region.top >= 0 && region.left + region.width <= width
        && region.top + region.height <= height && bitmap.count == region.height * region.width,
      "a bitmap must be [height, width] of a region of the image")
    var runs = RunList()
    var (inside, length) = (false, region.left * height)
    bitmap.withUnsafeBufferPointer { bytes in
      for column in 0..<region.width {
        if inside, region.top > 0 {
          runs.append(UInt32(length), isInside: true)
          (inside, length) = (false, 0)
        }
        length += region.top
        var place = column
        for _ in 0..<region.height {
          if (bytes[place] != 0) != inside {
            runs.append(UInt32(length), isInside: inside)
            (inside, length) = (!inside, 0)
          }
          length += 1
          place += region.width
        }
        let below = height - region.top - region.height
        if inside, below > 0 {
          runs.append(UInt32(length), isInside: true)
          (inside, length) = (false, 0)
        }
        length += below
      }
    }
    runs.append(UInt32(length), isInside: inside)
    runs.append(UInt32((width - region.left - region.width) * height), isInside: false)
    self.init(trusted: runs.counts, height: height, width: width)
  }

  /// The mask as bytes `[height, width]`, row by row: 1 inside, 0 outside.
  public func bitmap() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: height * width)
    forEachRun { start, count in
      var (column, row) = start.quotientAndRemainder(dividingBy: height)
      for _ in 0..<count {
        bytes[row * width + column] = 1
        row += 1
        if row == height { (row, column) = (0, column + 1) }
      }
    }
    return bytes
  }

  /// Pixels inside.
  public var area: Int {
    var sum = 0
    for place in stride(from: 1, to: counts.count, by: 2) { sum += Int(counts[place]) }
    return sum
  }

  /// The smallest box around the pixels inside; of no size at the corner for an empty mask.
  public var boundingBox: BoundingBox {
    var (left, right, top, bottom) = (width, -1, height, -1)
    forEachRun { start, count in
      let (firstColumn, firstRow) = start.quotientAndRemainder(dividingBy: height)
      let (lastColumn, lastRow) = (start + count - 1).quotientAndRemainder(dividingBy: height)
      left = min(left, firstColumn)
      right = max(right, lastColumn)
      // A run that goes on in the next column touches the lower and the upper edge.
      top = min(top, firstColumn == lastColumn ? firstRow : 0)
      bottom = max(bottom, firstColumn == lastColumn ? lastRow : height - 1)
    }
    guard right >= 0 else { return BoundingBox(left: 0, top: 0, width: 0, height: 0) }
    return BoundingBox(
      left: Double(left), top: Double(top), width: Double(right - left + 1), height: Double(bottom - top + 1))
  }

  /// Every run inside that is not empty: the number of its first pixel, down the columns, and its length.
  private func forEachRun(_ body: (_ start: Int, _ count: Int) -> Void) {
    var start = 0
    for (place, count) in counts.enumerated() {
      if place % 2 == 1, count > 0 { body(start, Int(count)) }
      start += Int(count)
    }
  }
}

/// Puts run lengths together so that none but the first is empty.
struct RunList {
  private(set) var counts: [UInt32] = [0]
  private var isInside = false

  mutating func append(_ count: UInt32, isInside: Bool) {
    guard count > 0 else { return }
    if isInside == self.isInside {
      counts[counts.count - 1] += count
    } else {
      counts.append(count)
      self.isInside = isInside
    }
  }
}
