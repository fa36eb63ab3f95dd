import DenseTasks
import SplitMaskCore
import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct UPerNetTests {
  private func heads(dropout: Double = 0) -> (UPerHead, FCNHead) {
    var generator = SplitMix64(state: 2)
    let dropout = ChannelDropout(rate: dropout)
    return (
      UPerHead(inputs: 8, channels: 6, classCount: 4, dropout: dropout, using: &generator),
      FCNHead(inputs: 8, channels: 5, classCount: 4, dropout: dropout, using: &generator)
    )
  }

  @Test func theHeadsAgreeWithTheDefinition() throws {
    let golden = try golden("dense/segmentation")
    let (head, auxiliary) = heads()
    try head.loadParameters(from: golden.part("decode_head"))
    try auxiliary.loadParameters(from: golden.part("auxiliary_head"))
    let maps = (0..<4).map { golden["input\($0)"]! }
    #expect(difference(head(maps), golden["evaluation"]) < 1e-4)
    var generator = SeededGenerator(seed: 1, purpose: .channelDropout)
    let logits = head(maps, using: &generator)
    #expect(difference(logits.detached(), golden["logits"]) < 1e-4)
    let losses = [logits, auxiliary(maps[2], using: &generator)].map { UPerNet.loss($0, labels: golden["labels"]!) }
    #expect(difference(losses[0].detached(), golden["loss_seg"]) < 1e-5)
    #expect(difference(losses[1].detached() * 0.4, golden["loss_aux"]) < 1e-5)
    (losses[0] + losses[1] * 0.4).backward()
    let parameters = Dictionary(
      uniqueKeysWithValues: head.namedParameters.map { ("decode_head." + $0.key, $0.parameter) }
        + auxiliary.namedParameters.map { ("auxiliary_head." + $0.key, $0.parameter) })
    for (key, wanted) in golden.part("gradient") {
      #expect(difference(parameters[key]?.value.gradient, wanted) < 1e-5)
    }
    let bn = head.fpnBottleneck.bn
    #expect(difference(bn.runningMean.value, golden["mean_after"]) < 1e-5)
    #expect(difference(bn.runningVar.value, golden["variance_after"]) < 1e-5)
  }

  @Test func channelsAreLeftOutWhole() {
    var generator = SeededGenerator(seed: 1, purpose: .channelDropout)
    let output = ChannelDropout(rate: 0.25)(Tensor.ones([10, 40, 2, 2]), using: &generator)
    let sums = output.sum([2, 3]).array(of: Float.self)
    #expect(sums.allSatisfy { $0 == 0 || abs($0 - 16 / 3) < 1e-5 })
    #expect((60...140).contains(sums.count { $0 == 0 }))
  }

  private func segmenter(_ change: (inout UPerNet.Config) -> Void = { _ in }) throws -> UPerNet {
    var config = UPerNet.Config()
    (config.classCount, config.channels, config.auxiliaryChannels) = (4, 6, 5)
    change(&config)
    var generator = SplitMix64(state: 4)
    return try UPerNet(smallEncoder(relative: .shared), config: config, using: &generator)
  }

  private var images: DenseImages {
    var draws = SplitMix64(state: 6)
    let size = ImageSize(height: 64, width: 96)
    return DenseImages(bytes: draws.bytes([2, 64, 96, 3]), sizes: [size, size])
  }

  @Test func everyParameterOfAStepGetsAGradient() throws {
    let segmenter = try segmenter()
    let labels = Tensor((0..<2 * 64 * 96).map { $0 % 5 == 4 ? 255 : $0 % 5 }, shape: [2, 64, 96])
    var generator = SeededGenerator(seed: 1, purpose: .channelDropout)
    let losses = segmenter.losses(images, labels: labels, using: &generator)
    #expect(losses.terms.map(\.name) == ["loss_seg", "loss_aux"])
    losses.total.backward()
    let unused = segmenter.namedParameters
      .filter { $0.parameter.value.gradient == nil && !$0.key.contains("running_") }.map(\.key)
    #expect(unused == ["backbone.encoder.norm.weight", "backbone.encoder.norm.bias"])
    #expect(segmenter(images).shape == [2, 4, 64, 96])
  }

  @Test func theAuxiliaryHeadCanBeLeftOut() throws {
    let segmenter = try segmenter { $0.auxiliaryWeight = 0 }
    #expect(segmenter.auxiliaryHead == nil)
    #expect(throws: InvalidSetting.self) { try self.segmenter { $0.dropoutRate = 1 } }
    #expect(throws: InvalidSetting.self) { try self.segmenter { $0.classCount = 256 } }
  }
}
