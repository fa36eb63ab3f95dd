import Testing
import Torch
import TorchNN
import Training

@Suite struct WeightDecayRuleTests {
  private final class Network: Module {
    let clsToken = Parameter(Tensor.ones([1, 1, 2]))
    let posEmbed = Parameter(Tensor.ones([1, 3, 2]))
    let relativePositionBiasTable = Parameter(Tensor.ones([4, 2]))
    let norm = LayerNorm(2)
    let head: Linear

    override init() {
      var generator = SystemRandomNumberGenerator()
      head = Linear(inputs: 2, outputs: 3, using: &generator)
    }
  }

  /// The keys of what decays and of what does not.
  private func keys(_ rule: WeightDecayRule, _ network: Network = Network()) -> [Set<String>] {
    let groups = rule.groups(network, weightDecay: 0.05)
    #expect(groups.map(\.weightDecay) == [0.05, 0])
    return groups.map { Set($0.parameters.map(\.key)) }
  }

  /// BEiT's (beit/optim_factory.py): its table of relative positions does decay.
  @Test func matricesDecay() {
    #expect(
      keys(.matrices) == [
        ["relative_position_bias_table", "head.weight"],
        ["cls_token", "pos_embed", "norm.weight", "norm.bias", "head.bias"],
      ])
  }

  /// Swin's for detection: biases do decay.
  @Test func allButNormsDecay() {
    #expect(
      keys(.allButNorms) == [
        ["cls_token", "head.weight", "head.bias"],
        ["pos_embed", "relative_position_bias_table", "norm.weight", "norm.bias"],
      ])
  }

  @Test func whatIsNotTrainedIsInNoGroup() {
    let network = Network()
    network.head.setRequiresGradient(false)
    #expect(keys(.matrices, network)[0] == ["relative_position_bias_table"])
  }
}
