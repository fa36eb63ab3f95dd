import TestSupport
import Testing
import Torch
import TorchNN

/// Batch normalisation over the batches of several processes is that of one process with all of them.
@Suite struct SynchronizedBatchNormTests {
  private final class Network: Module {
    let layers: [BatchNorm]
    init(channels: Int, isOfImages: Bool) {
      layers = [isOfImages ? BatchNorm2d(channels) : BatchNorm1d(channels)]
    }

    func callAsFunction(_ input: Tensor, training: Bool) -> Tensor {
      switch layers[0] {
      case let layer as BatchNorm2d: layer(input, training: training)
      case let layer as BatchNorm1d: layer(input, training: training)
      default: fatalError()
      }
    }
  }

  /// Values and the input's gradient; running mean and variance, and the gradients of weight and bias where there are any.
  private func pass(
    _ input: Tensor, upstream: Tensor, processes: ProcessGroup
  ) -> (rows: [Tensor], ofAll: [Tensor], ownParts: [Tensor]) {
    let network = Network(channels: input.shape[1], isOfImages: input.rank == 4)
    network.synchronizeBatchNorm(over: processes)
    input.requiresGradient = true
    let values = network(input, training: true)
    processes.backward((values * upstream).sum(), reducing: false)
    let layer = network.layers[0]
    return (
      [values.detached(), input.gradient!], [layer.runningMean.value, layer.runningVar.value],
      layer.parameters.compactMap(\.value.gradient)
    )
  }

  private func data(_ shape: [Int]) -> (input: Tensor, upstream: Tensor) {
    var random = SplitMix64(state: 21)
    return (random.tensor(shape), random.tensor(shape))
  }

  private func distance(_ left: [Float], _ right: [Float]) -> Float {
    left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  /// The processes' batches differ in size; one of them is too small to have a variance.
  @Test(arguments: [[4, 3, 4, 5], [4, 3]])
  func sharesGiveTheWhole(shape: [Int]) throws {
    let (input, upstream) = data(shape)
    let whole = pass(input, upstream: upstream, processes: .alone)
    #expect(whole.ownParts.count == (shape.count == 4 ? 2 : 0))
    let parts = try together(2) { processes -> (rows: [[Float]], ofAll: [[Float]]) in
      let (input, upstream) = data(shape)
      let rows = processes.rank == 0 ? (start: 0, count: 1) : (start: 1, count: 3)
      let own = pass(
        input.narrowed(0, start: rows.start, count: rows.count).cloned(),
        upstream: upstream.narrowed(0, start: rows.start, count: rows.count), processes: processes)
      for gradient in own.ownParts { processes.sumInPlace(gradient) }
      try processes.check()
      return (own.rows.map { $0.array() }, (own.ofAll + own.ownParts).map { $0.array() })
    }
    for (index, rows) in whole.rows.enumerated() {
      #expect(distance(parts[0].rows[index] + parts[1].rows[index], rows.array()) < 1e-5)
    }
    for (index, values) in (whole.ofAll + whole.ownParts).enumerated() {
      for part in parts { #expect(distance(part.ofAll[index], values.array()) < 1e-5) }
    }
    #expect(parts[0].ofAll.prefix(2) == parts[1].ofAll.prefix(2), "running statistics are equal to the bit")
  }

  @Test(arguments: [[1, 3, 2, 2], [1, 3]])
  func evaluationAsksNobody(shape: [Int]) throws {
    let values = try together(2) { processes -> [Float] in
      let network = Network(channels: 3, isOfImages: shape.count == 4)
      network.synchronizeBatchNorm(over: processes)
      guard processes.rank == 0 else { return [] }
      return network(Tensor.ones(shape), training: false).array()
    }
    #expect(values[0].count == shape.reduce(1, *))
  }
}
