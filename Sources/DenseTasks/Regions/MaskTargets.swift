public import ImageLoading
import Torch

/// What the mask head is to say of a box: the object's mask cut out and resampled by ``RoIAlign``'s rule, 1 from one
/// half on (mmdetection 2.11, mmdet/core/mask/structures.py).
///
/// On the host: a whole image's masks are large and a target is small, and rows and columns are resampled one after the
/// other.
public struct MaskTargets: Hashable, Sendable {
  /// Pixels of a target's side.
  public let side: Int

  /// Targets of `side` times `side` pixels.
  public init(side: Int = 28) {
    self.side = side
  }

  /// The target of one box, `side · side` values of 0 or 1, row by row.
  ///
  /// - Parameters:
  ///   - mask: on the image with its padding.
  ///   - box: where on the image the target lies.
  public func target(_ mask: Bitmap, in box: Box) -> [Float] {
    let vertical = SamplingAxis(
      low: Double(box.top) - 0.5, high: Double(box.bottom) - 0.5, size: mask.height, binCount: side)
    let horizontal = SamplingAxis(
      low: Double(box.left) - 0.5, high: Double(box.right) - 0.5, size: mask.width, binCount: side)
    // The columns that any bin reads.
    let columns = horizontal.starts.min()!..<(0..<side).map { horizontal.starts[$0] + horizontal.count($0) }.max()!
    var line = [Float](repeating: 0, count: columns.count)
    var result: [Float] = []
    result.reserveCapacity(side * side)
    for bin in 0..<side {
      sumRows(mask, vertical, bin: bin, columns: columns, into: &line)
      for column in 0..<side {
        let first = horizontal.starts[column] - columns.lowerBound
        let bounds = horizontal.bounds[column]..<horizontal.bounds[column + 1]
        let value = bounds.enumerated().reduce(0.0) { sum, entry in
          sum + horizontal.weights[entry.element] * Double(line[first + entry.offset])
        }
        result.append(value >= 0.5 ? 1 : 0)
      }
    }
    return result
  }

  private func sumRows(
    _ mask: Bitmap, _ axis: SamplingAxis, bin: Int, columns: Range<Int>, into line: inout [Float]
  ) {
    for position in line.indices { line[position] = 0 }
    for (offset, position) in (axis.bounds[bin]..<axis.bounds[bin + 1]).enumerated() {
      let weight = Float(axis.weights[position])
      let first = (axis.starts[bin] + offset) * mask.width + columns.lowerBound
      mask.pixels.withUnsafeBufferPointer { pixels in
        line.withUnsafeMutableBufferPointer { line in
          for column in line.indices { line[column] += weight * Float(pixels[first + column]) }
        }
      }
    }
  }
}
