import Classification
import Testing
import Torch

@Suite struct SoftTargetCrossEntropyTests {
  @Test func lossesAreTimms() throws {
    let golden = try golden()
    let logits = try #require(golden["loss/logits"])
    let labels = try #require(golden["loss/labels"])
    logits.requiresGradient = true
    let soft = SoftTargetCrossEntropy.loss(logits, targets: try #require(golden["loss/targets"]))
    soft.backward()
    #expect(difference(soft.detached(), golden["loss/soft"]) < 1e-6)
    #expect(difference(logits.gradient, golden["loss/soft gradient"]) < 1e-6)
    let smoothed = SoftTargetCrossEntropy.loss(logits.detached(), labels: labels, smoothing: 0.1)
    #expect(difference(smoothed, golden["loss/smoothed"]) < 1e-6)
    let targets = BatchMixing().targets(labels, classCount: 5, draw: .none)
    #expect(difference(SoftTargetCrossEntropy.loss(logits.detached(), targets: targets), smoothed) < 1e-6)
  }
}
