import TestSupport
import Testing
import Torch
import TorchNN

/// Batch normalisation over the batches of several processes is that of one process with all of them.
@Suite struct SynchronizedBatchNormTests {
  private final class Network: Module {
    let layers: [BatchNorm2d]
    init(channels: Int) { layers = [BatchNorm2d(channels)] }
  }

  /// Values, gradients of input, weight and bias, running mean and variance.
  private func pass(_ network: Network, input: Tensor, upstream: Tensor, processes: ProcessGroup) -> [Tensor] {
    let layer = network.layers[0]
    let values = layer(input, training: true)
    processes.backward((values * upstream).sum(), reducing: false)
    return [
      values.detached(), input.gradient!, layer.weight.value.gradient!, layer.bias.value.gradient!,
      layer.runningMean.value, layer.runningVar.value,
    ]
  }

  private func data() -> (input: Tensor, upstream: Tensor) {
    var random = SplitMix64(state: 21)
    return (random.tensor([6, 3, 4, 5]), random.tensor([6, 3, 4, 5]))
  }

  /// The processes' batches differ in size.
  @Test func sharesGiveTheWhole() throws {
    let (input, upstream) = data()
    input.requiresGradient = true
    let whole = pass(Network(channels: 3), input: input, upstream: upstream, processes: .alone)
      .map { $0.array(of: Float.self) }
    let parts = try together(2) { processes -> [[Float]] in
      let (input, upstream) = data()
      let rows = processes.rank == 0 ? (start: 0, count: 2) : (start: 2, count: 4)
      let own = input.narrowed(0, start: rows.start, count: rows.count).cloned()
      own.requiresGradient = true
      let network = Network(channels: 3)
      network.synchronizeBatchNorm(over: processes)
      let result = pass(
        network, input: own, upstream: upstream.narrowed(0, start: rows.start, count: rows.count),
        processes: processes)
      // Parameters' gradients are each process's own part of the sum.
      for gradient in result[2...3] { processes.sumInPlace(gradient) }
      try processes.check()
      return result.map { $0.array() }
    }
    func distance(_ left: [Float], _ right: [Float]) -> Float {
      left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }
    for index in 0..<2 { #expect(distance(parts[0][index] + parts[1][index], whole[index]) < 1e-5) }
    for index in 2..<6 {
      #expect(distance(parts[0][index], whole[index]) < 1e-5)
      #expect(distance(parts[1][index], whole[index]) < 1e-5)
    }
  }

  @Test func evaluationAsksNobody() throws {
    let values = try together(2) { processes -> [Float] in
      let network = Network(channels: 3)
      network.synchronizeBatchNorm(over: processes)
      guard processes.rank == 0 else { return [] }
      return network.layers[0](Tensor.ones([1, 3, 2, 2]), training: false).array()
    }
    #expect(values[0].count == 12)
  }
}
