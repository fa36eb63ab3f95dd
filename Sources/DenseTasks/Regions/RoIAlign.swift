public import Torch

/// Features of regions on a fixed grid of bins: the mean of bilinear samples, aligned with pixel centres, as many
/// samples a bin as it covers cells (Mask R-CNN, arXiv 1703.06870; mmcv, mmcv/ops/roi_align.py).
///
/// Every bin is a weighted sum of some rows of ``PyramidFeatures``: few products with long vectors, in one operator for
/// all regions, levels and images, with gradients on every device. The rows and weights follow from the boxes alone and
/// are worked out on the host, where the boxes are. The values are those of `torchvision.ops.roi_align(aligned=True,
/// sampling_ratio=-1)`.
public struct RoIAlign: Hashable, Sendable {
  /// Bins of a side.
  public let side: Int

  /// `side` times `side` bins.
  public init(side: Int) {
    self.side = side
  }

  /// Features `[R, C, side, side]` of regions.
  public func callAsFunction(_ features: PyramidFeatures, regions: [Region]) -> Tensor {
    let channels = features.table.shape[1]
    let shape = [regions.count, side, side, channels]
    guard !regions.isEmpty else {
      return features.table.narrowed(0, start: 0, count: 0).reshaped(shape).permuted([0, 3, 1, 2])
    }
    let plan = noGrad { self.plan(features, regions: regions) }
    return features.table.weightedRowSums(plan.rows, weights: plan.weights, offsets: plan.offsets)
      .reshaped(shape).permuted([0, 3, 1, 2])
  }

  /// The terms of all bins' sums on the features' device.
  private struct Plan {
    let rows: Tensor
    let weights: Tensor
    let offsets: Tensor
  }

  /// The axes of one region.
  private struct Placement {
    let firstRow: Int
    let columns: Int
    let vertical: SamplingAxis
    let horizontal: SamplingAxis

    var termCount: Int { vertical.totalCount * horizontal.totalCount }

    init(_ region: Region, level: PyramidFeatures.Level, side: Int) {
      firstRow = level.firstRow(image: region.image)
      columns = level.columns
      let scale = 1 / level.stride
      let box = region.box
      vertical = SamplingAxis(
        low: Double(box.top) * scale - 0.5, high: Double(box.bottom) * scale - 0.5, size: level.rows, binCount: side)
      horizontal = SamplingAxis(
        low: Double(box.left) * scale - 0.5, high: Double(box.right) * scale - 0.5, size: level.columns,
        binCount: side)
    }
  }

  private func plan(_ features: PyramidFeatures, regions: [Region]) -> Plan {
    let placements = regions.map { Placement($0, level: features.levels[$0.level], side: side) }
    let device = features.table.device
    let isDouble = features.table.dtype == .float64
    let terms = isDouble ? terms(placements, Double.self) : terms(placements, Float.self)
    return Plan(
      rows: terms.rows.to(device), weights: terms.weights.to(device), offsets: terms.offsets.to(device))
  }

  private func terms<Weight: BinaryFloatingPoint & TensorElement>(
    _ placements: [Placement], _: Weight.Type
  ) -> Plan {
    let count = placements.reduce(0) { $0 + $1.termCount }
    var offsets: [Int32] = []
    offsets.reserveCapacity(placements.count * side * side)
    var weights: Tensor?
    let rows = Tensor(shape: [count], dtype: .int32) { rowBytes in
      let rows = rowBytes.bindMemory(to: Int32.self)
      weights = Tensor(shape: [count], dtype: Weight.dtype) { weightBytes in
        let weights = weightBytes.bindMemory(to: Weight.self)
        var next = 0
        for placement in placements {
          append(placement, rows: rows, weights: weights, next: &next, offsets: &offsets)
        }
      }
    }
    return Plan(rows: rows, weights: weights!, offsets: Tensor(offsets))
  }

  private func append<Weight: BinaryFloatingPoint & TensorElement>(
    _ placement: Placement, rows: UnsafeMutableBufferPointer<Int32>, weights: UnsafeMutableBufferPointer<Weight>,
    next: inout Int, offsets: inout [Int32]
  ) {
    let (vertical, horizontal) = (placement.vertical, placement.horizontal)
    for binRow in 0..<side {
      for binColumn in 0..<side {
        offsets.append(Int32(next))
        let first = placement.firstRow + horizontal.starts[binColumn]
        for (line, rowWeight) in vertical.weights[vertical.bounds[binRow]..<vertical.bounds[binRow + 1]].enumerated() {
          var row = Int32(first + (vertical.starts[binRow] + line) * placement.columns)
          for position in horizontal.bounds[binColumn]..<horizontal.bounds[binColumn + 1] {
            rows[next] = row
            weights[next] = Weight(rowWeight * horizontal.weights[position])
            row += 1
            next += 1
          }
        }
      }
    }
  }
}
