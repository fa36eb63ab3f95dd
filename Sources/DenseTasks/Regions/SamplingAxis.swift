/// How one axis of a region's bins reads an axis of a map: for every bin, a run of neighbouring cells with weights.
///
/// A bin is the mean of bilinear samples on a regular grid. Both the mean and the interpolation separate into rows and
/// columns, so that the weight of a cell is the product of a row's and a column's.
struct SamplingAxis {
  /// The first cell of every bin.
  private(set) var starts: [Int] = []
  /// Where every bin's weights begin in `weights`; one more says where the last ones end.
  private(set) var bounds = [0]
  /// The weights of all bins' cells.
  private(set) var weights: [Double] = []

  /// - Parameters:
  ///   - low, high: the region's edges in cells, half a cell already taken off.
  ///   - size: cells of the map's axis.
  ///   - binCount: bins of the region's axis.
  init(low: Double, high: Double, size: Int, binCount: Int) {
    let bin = (high - low) / Double(binCount)
    // Adaptive: a sample for every cell that a bin covers, rounded up. A region that is turned over has none.
    let samples = bin.isFinite ? max(0, Int(bin.rounded(.up))) : 0
    weights.reserveCapacity(binCount * (samples + 2))
    for index in 0..<binCount {
      addBin(from: low + Double(index) * bin, width: bin, samples: samples, size: size)
    }
  }

  /// Cells of a bin.
  func count(_ bin: Int) -> Int { bounds[bin + 1] - bounds[bin] }

  /// Cells of all bins together.
  var totalCount: Int { weights.count }

  private mutating func addBin(from low: Double, width: Double, samples: Int, size: Int) {
    let offset = weights.count
    var first = 0
    for sample in 0..<samples {
      let place = low + (Double(sample) + 0.5) * width / Double(samples)
      guard place >= -1, place <= Double(size) else { continue }
      let (cell, fraction) = SamplingAxis.cell(place, size: size)
      if weights.count == offset { first = cell }
      // Samples rise, so that a new one is in the cells there are or in the next ones.
      while weights.count - offset <= cell - first + (fraction > 0 ? 1 : 0) { weights.append(0) }
      weights[offset + cell - first] += (1 - fraction) / Double(samples)
      if fraction > 0 { weights[offset + cell - first + 1] += fraction / Double(samples) }
    }
    starts.append(first)
    bounds.append(weights.count)
  }

  /// The cell before a place and how far on towards the next one the place is; the map's edge goes on outwards.
  private static func cell(_ place: Double, size: Int) -> (cell: Int, fraction: Double) {
    let inside = max(place, 0)
    let cell = Int(inside)
    return cell >= size - 1 ? (size - 1, 0) : (cell, inside - Double(cell))
  }
}
