import Torch

/// Lloyd's algorithm in Euclidean distance over all patches of a sample, block by block on their device.
struct KMeans {
  let sample: PatchSample
  let clusterCount: Int

  /// A centroid shorter than this has no direction, so its cluster counts as empty.
  private static let shortest = 1e-3

  /// One look at every patch.
  private struct Assignment {
    /// Sums of the patches of each cluster, `[V, d]`.
    let sums: Tensor
    /// Patches of each cluster, `[V]` float32.
    let counts: Tensor
    /// Every patch's squared distance to the nearest centroid, `[R]`.
    let distances: Tensor
  }

  /// `[V, d]`: no cluster empty, none at the origin.
  func centroids(
    iterations: Int, using generator: inout some RandomNumberGenerator,
    progress: (PatchTokenizer.Progress) throws -> Void
  ) throws -> Tensor {
    let start = Array(0..<sample.count).sample(clusterCount, using: &generator)
    var centroids = sample.values(at: start)
    for iteration in 1...iterations {
      let assignment = try assign(to: centroids) { patches in
        try progress(.assigning(iteration: iteration, of: iterations, patches: patches, total: sample.count))
      }
      centroids = assignment.sums / assignment.counts.clamped(1).unsqueezed(1)
      let empty = emptyClusters(centroids, counts: assignment.counts)
      reseed(&centroids, empty, distances: assignment.distances, using: &generator)
      try progress(
        .clustering(
          iteration: iteration, of: iterations, distance: assignment.distances.mean().item(),
          emptyClusters: empty.count))
    }
    return centroids
  }

  /// - Parameter progress: called after each block with the patches done.
  private func assign(to centroids: Tensor, progress: (Int) throws -> Void) rethrows -> Assignment {
    let device = centroids.device
    let bytesHeld = device.kind == .cpu ? 32 << 20 : 256 << 20
    let blockRows = max(1, min(sample.count, bytesHeld / (4 * clusterCount)))
    let buffer = Tensor.empty([blockRows, clusterCount], device: device)
    let directions = centroids.transposed(0, 1)
    // The nearest centroid c of x has the largest x·c - |c|²/2, and |x - c|² is |x|² less twice that.
    let halfSquares = (centroids * centroids).sum([1]) * -0.5
    let assignment = Assignment(
      sums: centroids.zerosLike(), counts: Tensor.zeros([clusterCount], device: device),
      distances: Tensor.empty([sample.count], device: device))
    for start in stride(from: 0, to: sample.count, by: blockRows) {
      let count = min(blockRows, sample.count - start)
      let patches = sample.values(start..<start + count)
      let scores = buffer.narrowed(0, start: 0, count: count)
      scores.setMatrixProduct(patches, directions, adding: halfSquares)
      let nearest = scores.argmax(1)
      let best = scores.gathered(1, nearest.unsqueezed(1)).squeezed(1)
      assignment.distances.narrowed(0, start: start, count: count)
        .copyInPlace(((patches * patches).sum([1]) - best * 2).clamped(0))
      assignment.sums.indexAddInPlace(0, nearest, patches)
      assignment.counts.indexAddInPlace(0, nearest, Tensor.ones([count], device: device))
      try progress(start + count)
    }
    return assignment
  }

  private func emptyClusters(_ centroids: Tensor, counts: Tensor) -> [Int] {
    let lengths = centroids.norm([1]).array(of: Float.self)
    let counts = counts.array(of: Float.self)
    return counts.indices.filter { counts[$0] == 0 || Double(lengths[$0]) < Self.shortest }
  }

  /// Moves empty clusters to patches that are drawn with a chance proportional to their squared distance, as k-means++
  /// draws: far from the centroids there are, yet not only the outliers.
  private func reseed(
    _ centroids: inout Tensor, _ empty: [Int], distances: Tensor, using generator: inout some RandomNumberGenerator
  ) {
    guard !empty.isEmpty else { return }
    var total = 0.0
    let cumulative = distances.array(of: Float.self).map { distance in
      total += Double(distance)
      return total
    }
    let rows = empty.map { _ in
      let place = Double.random(in: 0..<1, using: &generator) * total
      return min(sample.count - 1, Self.firstIndex(above: place, in: cumulative))
    }
    let device = centroids.device
    centroids.indexCopyInPlace(0, Tensor(empty).to(device), sample.values(at: rows))
  }

  /// The first of rising values that is larger than `bound`.
  private static func firstIndex(above bound: Double, in values: [Double]) -> Int {
    var range = values.startIndex..<values.endIndex
    while !range.isEmpty {
      let middle = (range.lowerBound + range.upperBound) / 2
      range = values[middle] > bound ? range.lowerBound..<middle : middle + 1..<range.upperBound
    }
    return range.lowerBound
  }
}
