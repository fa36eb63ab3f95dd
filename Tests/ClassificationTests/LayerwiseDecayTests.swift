import Classification
import SplitMaskCore
import Testing
import TorchOptim
import Training
import VisionModels

@Suite struct LayerwiseDecayTests {
  @Test func scalesAreTimms() throws {
    var random = SeededGenerator(seed: 1, purpose: .initialization)
    let encoder = try VisionTransformer(smallConfig(), using: &random)
    let model = try Classifier(encoder: encoder, classNames: ["a", "b", "c", "d", "e"], using: &random)
    let groups = LayerwiseDecay.groups(model, depth: 2, decay: 0.65, weightDecay: 0.05)
    var found: [String: [Double]] = [:]
    for group in groups {
      for named in group.parameters { found[named.key] = [group.learningRateScale, group.weightDecay] }
    }
    let expected = try GoldenFacts.read().layerDecay
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (key, values) in expected {
      let own = try #require(found[key])
      #expect(abs(own[0] - values[0]) < 1e-12 && own[1] == values[1], "\(key): \(own), timm has \(values)")
    }
  }

  @Test func layersOfABaseModel() {
    let keys = ["cls_token", "patch_embed.proj.weight", "blocks.0.norm1.bias", "blocks.11.mlp.fc2.weight", "norm.bias"]
    #expect(keys.map { LayerwiseDecay.layer(ofKey: $0, depth: 12) } == [0, 0, 1, 12, 13])
  }
}
