import Testing
import Torch
import VisionModels

@Suite struct InitialWeightsTests {
  private func encoder(_ law: InitialWeights) throws -> VisionTransformer {
    var config = smallConfig()
    (config.relativePositionBias, config.layerScale) = (.shared, 0.1)
    var random = SplitMix64(state: 5)
    let model = try VisionTransformer(config, using: &random)
    law.draw(for: model, using: &random)
    return model
  }

  private func deviation(_ tensor: Tensor) -> Double {
    tensor.detached().reshaped([-1]).variance([0]).squareRoot().item()
  }

  private func largest(_ tensor: Tensor) -> Double { tensor.detached().absolute().maximum([]).item() }

  @Test func bEiTsAreCutAtOneDeviationAndSmallerInDeeperBlocks() throws {
    let state = try encoder(.beit).stateDictionary
    // A normal distribution that is cut at one deviation has 0.5396 of it left.
    for key in ["blocks.0.attn.qkv.weight", "blocks.1.mlp.fc1.weight", "patch_embed.proj.weight", "pos_embed"] {
      #expect(largest(state[key]!) <= 0.02, "\(key)")
      #expect(abs(deviation(state[key]!) - 0.0108) < 0.0012, "\(key)")
    }
    for block in 0..<2 {
      for key in ["attn.proj.weight", "mlp.fc2.weight"] {
        let divisor = Double(2 * (block + 1)).squareRoot()
        #expect(abs(deviation(state["blocks.\(block).\(key)"]!) * divisor - 0.0108) < 0.0012, "\(block) \(key)")
      }
    }
    for key in ["patch_embed.proj.bias", "rel_pos_bias.relative_position_bias_table"] {
      #expect(largest(state[key]!) == 0, "\(key)")
    }
    #expect(state["blocks.0.ls1.gamma"]!.array(of: Float.self).allSatisfy { $0 == 0.1 })
    #expect(state["norm.weight"]!.array(of: Float.self).allSatisfy { $0 == 1 })
  }

  @Test func mAEsAreXaviers() throws {
    let model = try encoder(.mae)
    let state = model.stateDictionary
    let sums = [
      ("blocks.0.attn.qkv.weight", 128.0), ("patch_embed.proj.weight", 80), ("blocks.1.mlp.fc2.weight", 160),
    ]
    for (key, sum) in sums {
      let bound = (6 / sum).squareRoot()
      #expect(largest(state[key]!) <= bound && largest(state[key]!) > 0.97 * bound, "\(key)")
      #expect(abs(deviation(state[key]!) / (bound / 3.0.squareRoot()) - 1) < 0.05, "\(key)")
    }
    #expect(largest(state["cls_token"]!) < 0.1)
    // The convolution's bias stays libtorch's own.
    #expect(largest(state["patch_embed.proj.bias"]!) > 0)
  }
}
