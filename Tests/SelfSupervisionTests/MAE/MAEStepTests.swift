import Foundation
import SelfSupervision
import SplitMaskCore
import Testing
import Torch
import TorchNN
import TorchOptim
import Training
import VisionModels

/// MAE on pictures of 4 × 4 patches.
struct TinyMAE {
  let computation: MAEStep

  init(_ config: MAE.Config = MAE.Config(), classToken: Bool = true) throws {
    var encoder = VisionTransformer.Config(.tiny, imageSize: ImageSize(16), patchSize: 4)
    (encoder.width, encoder.depth, encoder.headCount) = (32, 2, 2)
    encoder.classToken = classToken
    var generator = SplitMix64(state: 4)
    let model = try MAEModel(encoder: encoder, config: config, device: .cpu, using: &generator)
    computation = MAEStep(model: model, config: config, normalization: .imageNet, device: .cpu)
  }
}

@Suite struct MAEStepTests {
  private func step(_ golden: [String: Tensor], normalized: Bool) throws -> MAEStep {
    var encoder = VisionTransformer.Config(.tiny, imageSize: ImageSize(height: 16, width: 24), patchSize: 4)
    (encoder.width, encoder.depth, encoder.headCount) = (24, 2, 2)
    var config = MAE.Config()
    (config.decoderWidth, config.decoderDepth, config.decoderHeads) = (16, 2, 2)
    config.normalizedTargets = normalized
    var generator = SplitMix64(state: 1)
    let model = try MAEModel(encoder: encoder, config: config, device: .cpu, using: &generator)
    let positions = model.encoder.posEmbed!.value.detached()
    #expect(relativeDifference(positions, golden["positions"]!) < 1e-6)
    try model.load(behind("parameter.", golden).merging(["encoder.pos_embed": positions.cloned()]) { $1 })
    return MAEStep(model: model, config: config, normalization: .imageNet, device: .cpu)
  }

  /// The places with the smallest noise, ascending.
  private func seen(_ noise: Tensor) -> [[Int]] {
    let values: [Float] = noise.array()
    return stride(from: 0, to: values.count, by: 24).map { start in
      (0..<24).sorted { values[start + $0] < values[start + $1] }.prefix(6).sorted()
    }
  }

  @Test(arguments: [true, false]) func theLossIsTheReferences(normalized: Bool) throws {
    let golden = try golden("mae/mae")
    let step = try step(golden, normalized: normalized)
    let seen = seen(golden["noise"]!)
    let input = step.prepare(images: golden["pixels"]!, seen: seen)
    let loss = step.loss(input)
    #expect(relativeDifference(loss.total, golden[normalized ? "loss" : "loss_raw"]!) < 1e-5)
    guard normalized else { return }
    loss.total.backward()
    #expect(step.model.encoder.posEmbed!.value.gradient == nil)
    let clipping = GradientClipping(step.model.parameters, losses: [loss.total], maximumNorm: nil)
    #expect(relativeDifference(clipping.norm, golden["gradient_norm"]!) < 1e-5)
  }

  @Test(arguments: [true, false]) func everyParameterLearnsButPositions(classToken: Bool) throws {
    let computation = try TinyMAE(classToken: classToken).computation
    var generator = SplitMix64(state: 2)
    let bytes = (0..<2 * 16 * 16 * 3).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    let images = Tensor(bytes, shape: [2, 16, 16, 3])
    let loss = computation.loss(computation.prepare(images: images, seen: [[0, 3, 9, 15], [1, 2, 8, 12]]))
    loss.total.backward()
    for (key, parameter) in computation.model.namedParameters where key != "encoder.pos_embed" {
      let gradient: [Float] = parameter.value.gradient?.array() ?? []
      #expect(gradient.contains { $0 != 0 } && gradient.allSatisfy(\.isFinite), "\(key)")
    }
    let optimizer = AdamW(WeightDecayRule.matrices.groups(computation.model, weightDecay: 0.5))
    let before = computation.model.encoder.posEmbed!.value.cloned()
    optimizer.update(learningRate: 0.1, clipping: nil)
    #expect(computation.model.encoder.posEmbed!.value.hasSameValues(as: before))
  }

  /// Targets have variance 1, and an untrained decoder adds about as much of its own.
  @Test func aTasksLossDependsOnTheEpoch() throws {
    let task = MAETask(computation: try TinyMAE().computation, normalization: .imageNet)
    let batch = try shapesBatch(3)
    func loss(epoch: Int) -> Double {
      task.loss(of: batch, in: StepContext(seed: 1, step: 9, epoch: epoch, device: .cpu, processes: .alone)).total
        .item()
    }
    #expect((0.9...3).contains(loss(epoch: 0)))
    #expect(loss(epoch: 0) == loss(epoch: 0) && loss(epoch: 0) != loss(epoch: 1))
  }

  @Test func decodersFollowTheEncoder() {
    let config = MAE.Config()
    #expect(config.decoder(VisionTransformer.Config(.base)) == (8, 512, 16))
    #expect(config.decoder(VisionTransformer.Config(.large)) == (8, 512, 16))
    #expect(config.decoder(VisionTransformer.Config(.tiny)) == (8, 192, 6))
    var shallow = VisionTransformer.Config(.small)
    shallow.depth = 3
    #expect(config.decoder(shallow) == (2, 384, 12))
    #expect(config.encoder(VisionTransformer.Config(.base)).stochasticDepthRate == 0)
    #expect(config.seenCount(of: 196) == 49 && config.seenCount(of: 64) == 16)
  }

  @Test func impossibleSettingsAreRefused() {
    func key(_ change: (inout MAE.Config) -> Void) -> String? {
      var config = MAE.Config()
      change(&config)
      return #expect(throws: InvalidSetting.self) { try config.validate(encoder: VisionTransformer.Config(.tiny)) }?.key
    }
    #expect(key { $0.maskingRatio = 1 } == "mae.maskingRatio")
    #expect(key { $0.maskingRatio = 0.999 } == "mae.maskingRatio")
    #expect(key { $0.decoderWidth = 30 } == "mae.decoderWidth")
    #expect(key { ($0.decoderWidth, $0.decoderHeads) = (32, 5) } == "mae.decoderWidth")
  }
}
