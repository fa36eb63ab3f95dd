import Foundation
import SelfSupervision
import Testing
import Torch
import TorchNN

private func resolved(_ config: DINO.Config) -> DINO.ResolvedConfig {
  config.resolved(imageCount: 64, batchSize: 8, totalSteps: 16, encoder: TinyDINO().encoder)
}

@Suite struct DINOHeadTests {
  @Test func outputAndGradientsEqualTheReference() throws {
    let golden = try dinoGolden("head")
    var config = DINO.Config()
    (config.outputDimension, config.hiddenDimension, config.bottleneckDimension) = (24, 20, 8)
    config.normalizedLastLayer = false
    var generator = SplitMix64(state: 1)
    let head = DINOHead(inputs: 12, config: resolved(config), using: &generator)
    try head.load(golden.filter { $0.key.hasPrefix("mlp.") || $0.key.hasPrefix("last_layer.") })
    let input = golden["input"]!
    input.requiresGradient = true
    let output = head(input)
    #expect(relativeDifference(output, golden["output"]) < 1e-5)
    (output * golden["output_gradient"]!).sum().backward()
    #expect(relativeDifference(input.gradient, golden["gradient.input"]) < 1e-5)
    for (key, parameter) in head.namedParameters {
      #expect(relativeDifference(parameter.value.gradient, golden["gradient.\(key)"]) < 1e-5, "\(key)")
    }
  }

  @Test func namesAreTheReferences() {
    var config = DINO.Config()
    config.outputDimension = 24
    var generator = SplitMix64(state: 1)
    let head = DINOHead(inputs: 12, config: resolved(config), using: &generator)
    let layers = [0, 2, 4].flatMap { ["mlp.\($0).weight", "mlp.\($0).bias"] }
    #expect(head.namedParameters.map(\.key) == layers + ["last_layer.weight_g", "last_layer.weight_v"])
    #expect(head.lastLayer.weightV.value.shape == [24, 256])
    #expect(head.lastLayer.weightG.value.array() == [Float](repeating: 1, count: 24))
    #expect(!head.lastLayer.weightG.value.requiresGradient)
  }
}

@Suite struct DINOLossTests {
  @Test(arguments: ["multi", "globals"]) func equalsTheLoopOverPairs(name: String) throws {
    let golden = part(try dinoGolden("loss"), name + ".")
    let student = golden["student"]!
    student.requiresGradient = true
    let result = DINOLoss(studentTemperature: 0.1)(
      student: student, teacher: golden["teacher"]!, center: golden["center"]!, teacherTemperature: 0.05)
    #expect(abs(result.loss.item() - golden["loss"]!.item()) < 1e-5)
    #expect(abs(DINOLoss.entropy(result.targets).item() - golden["entropy"]!.item()) < 1e-5)
    result.loss.backward()
    #expect(relativeDifference(student.gradient, golden["gradient"]) < 1e-5)
  }

  /// The entropy tells both ways to collapse: all outputs alike, and one output for all images.
  @Test func theEntropyTellsACollapse() {
    func entropy(_ teacher: Tensor) -> Double {
      let result = DINOLoss(studentTemperature: 0.1)(
        student: Tensor.zeros([8, 16]), teacher: teacher, center: Tensor.zeros([1, 16]), teacherTemperature: 0.04)
      #expect(abs(result.loss.item() - log(16)) < 1e-5)
      return DINOLoss.entropy(result.targets).item()
    }
    #expect(abs(entropy(Tensor.zeros([4, 16])) - log(16)) < 1e-5)
    #expect(abs(entropy(Tensor.range(0, 4).oneHot(16).to(.float32))) < 1e-5)
  }
}
