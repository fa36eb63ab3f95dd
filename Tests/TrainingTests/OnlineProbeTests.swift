import SplitMaskCore
import Testing
import Torch
import TorchNN
import TorchOptim
import Training

@Suite struct OnlineProbeTests {
  /// Two classes on either side of a plane, and features that depend on a parameter of an encoder.
  private struct Encoder {
    let weight = Parameter(Tensor.identity(8))
    let inputs: Tensor
    let labels: Tensor

    init() {
      var generator = SeededGenerator(seed: 5, purpose: .dataSet)
      let rows = (0..<32).map { _ in (0..<8).map { _ in Float(generator.normal()) } }
      inputs = Tensor(rows.flatMap { $0 }, shape: [32, 8])
      labels = Tensor(rows.map { $0[0] > $0[1] ? 1 : 0 })
    }

    func features() -> Tensor { inputs.matmul(weight.value) }
  }

  private func probe(seed: UInt64 = 1) -> OnlineProbe {
    OnlineProbe(width: 8, classCount: 2, seed: seed, device: .cpu, learningRate: 0.05)
  }

  @Test func learnsAndReportsTheAccuracyBeforeTheUpdate() {
    let encoder = Encoder()
    let probe = probe()
    let inputs = encoder.features().detached().layerNorm(weight: nil, bias: nil, epsilon: 1e-6)
    var accuracies: [Double] = []
    for _ in 0..<60 {
      let before = noGrad { inputs.linear(probe.weight.value, bias: probe.bias.value).argmax(1) }
      let right = zip(before.array(of: Int.self), encoder.labels.array(of: Int.self)).count { $0 == $1 }
      accuracies.append(probe.learn(features: encoder.features(), labels: encoder.labels, processes: .alone).item())
      #expect(abs(accuracies.last! - Double(right) / 32) < 1e-6)
    }
    #expect(accuracies.last! > 0.95 && accuracies.last! > accuracies[0])
  }

  /// The main training with a probe beside it goes the same way, bit for bit.
  @Test func leavesTheMainTrainingAsItIs() {
    func train(_ probe: OnlineProbe?) -> [Float] {
      let encoder = Encoder()
      let optimizer = AdamW([AdamW.Group(parameters: [("weight", encoder.weight)], weightDecay: 0.05)])
      for _ in 0..<5 {
        let features = encoder.features()
        let loss = (features * features).mean()
        if let probe {
          _ = probe.learn(features: features, labels: encoder.labels, processes: .alone)
          #expect(encoder.weight.value.gradient == nil, "no gradient reaches the encoder")
        }
        loss.backward()
        optimizer.update(learningRate: 0.1, clipping: nil)
        optimizer.clearGradients()
      }
      return encoder.weight.value.detached().array()
    }
    #expect(train(probe()) == train(nil))
  }

  @Test func goesOnFromItsSavedStateToTheSameBits() throws {
    let encoder = Encoder()
    let first = probe()
    for _ in 0..<3 { _ = first.learn(features: encoder.features(), labels: encoder.labels, processes: .alone) }
    let saved = first.stateDictionary.mapValues { $0.cloned() }
    #expect(saved.keys.sorted().first == "bias" && saved["moments.step"]?.item() == 3)
    let second = probe(seed: 2)
    try second.load(saved)
    for probe in [first, second] {
      _ = probe.learn(features: encoder.features(), labels: encoder.labels, processes: .alone)
    }
    let (left, right) = (first.stateDictionary, second.stateDictionary)
    #expect(left.keys == right.keys && left.allSatisfy { $1.hasSameValues(as: right[$0]!) })
  }

  @Test func featuresThatAreNotFiniteChangeNothing() {
    let encoder = Encoder()
    let probe = probe()
    let before = probe.stateDictionary.mapValues { $0.cloned() }
    _ = probe.learn(features: encoder.features() * Double.nan, labels: encoder.labels, processes: .alone)
    #expect(probe.stateDictionary.allSatisfy { $1.hasSameValues(as: before[$0]!) })
  }
}
