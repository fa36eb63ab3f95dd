import DenseTasks
import Testing
import Torch
import Training
import VisionModels

/// Which weight decay and which rate the parameters of detectors and segmenters get.
@Suite struct DenseTaskGroupsTests {
  /// The weight decay and the rate's factor of a parameter.
  private func group(_ key: String, of task: some TrainingTask) throws -> (decay: Double, scale: Double) {
    let group = try #require(
      task.parameterGroups(weightDecay: 0.05).first { $0.parameters.contains { $0.key == key } }, "\(key)")
    return (group.weightDecay, group.learningRateScale)
  }

  /// mmdetection's: biases decay, norms and positions do not; rates fall towards the first layer.
  @Test func detectors() throws {
    var generator = SplitMix64(state: 1)
    var config = MaskRCNN.Config()
    (config.classCount, config.channels, config.hiddenWidth) = (2, 8, 8)
    let task = DetectionTask(
      detector: Detector(
        network: try MaskRCNN(smallEncoder(), config: config, using: &generator), classNames: ["a", "b"],
        normalization: .imageNet), layerDecay: 0.5)
    let (bias, norm) = (
      try group("backbone.encoder.blocks.0.attn.proj.bias", of: task),
      try group("backbone.encoder.blocks.0.norm1.weight", of: task)
    )
    #expect(bias.decay == 0.05 && norm.decay == 0)
    #expect(try group("backbone.encoder.pos_embed", of: task).decay == 0)
    let weights = try (0..<2).map { try group("backbone.encoder.blocks.\($0).mlp.fc1.weight", of: task) }
    #expect(weights.allSatisfy { $0.decay == 0.05 } && weights[0].scale == 0.5 * weights[1].scale)
  }

  /// BEiT's: of the encoder matrices alone decay; rates fall towards the first layer.
  @Test func segmenters() throws {
    var generator = SplitMix64(state: 1)
    var config = UPerNet.Config()
    (config.classCount, config.channels, config.auxiliaryChannels) = (2, 8, 8)
    let task = SegmentationTask(
      segmenter: Segmenter(
        network: try UPerNet(smallEncoder(), config: config, using: &generator), classNames: ["a", "b"],
        normalization: .imageNet), layerDecay: 0.5, cropSize: 32)
    #expect(try group("backbone.encoder.blocks.0.attn.proj.bias", of: task).decay == 0)
    let weights = try (0..<2).map { try group("backbone.encoder.blocks.\($0).mlp.fc1.weight", of: task) }
    #expect(weights.allSatisfy { $0.decay == 0.05 } && weights[0].scale == 0.5 * weights[1].scale)
  }
}
