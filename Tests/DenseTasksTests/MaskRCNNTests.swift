import DenseTasks
import ImageLoading
import SplitMaskCore
import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct MaskRCNNTests {
  private static let sizes = [ImageSize(height: 64, width: 96), ImageSize(height: 50, width: 61)]

  private func detector(_ change: (inout MaskRCNN.Config) -> Void = { _ in }) throws -> MaskRCNN {
    var config = MaskRCNN.Config()
    (config.classCount, config.channels, config.hiddenWidth) = (3, 8, 16)
    (config.proposals.candidatesInTraining, config.proposals.candidatesInEvaluation) = (50, 30)
    (config.proposals.proposalCount, config.sampler.count) = (40, 32)
    change(&config)
    var generator = SplitMix64(state: 4)
    return try MaskRCNN(smallEncoder(), config: config, using: &generator)
  }

  private var images: DenseImages {
    var draws = SplitMix64(state: 6)
    return DenseImages(bytes: draws.bytes([2, 64, 96, 3]), sizes: MaskRCNNTests.sizes)
  }

  private var targets: [DetectionTarget] {
    let square = Bitmap(
      height: 64, width: 96,
      pixels: (0..<64 * 96).map { (10..<40).contains($0 / 96) && (20..<60).contains($0 % 96) ? 1 : 0 })
    return [
      DetectionTarget(boxes: [Box(left: 20, top: 10, right: 60, bottom: 40)], labels: [2], masks: [square]),
      DetectionTarget(boxes: [], labels: [], masks: []),
    ]
  }

  private func losses(_ detector: MaskRCNN, _ targets: [DetectionTarget], seed: UInt64 = 1) -> MaskRCNN.Losses {
    var generator = SeededGenerator(seed: seed, purpose: .regionSampling)
    return detector.losses(images, targets: targets, using: &generator)
  }

  @Test func everyParameterOfAStepGetsAGradient() throws {
    let detector = try detector()
    let losses = losses(detector, targets)
    #expect(losses.terms.map(\.name) == ["loss_rpn_cls", "loss_rpn_bbox", "loss_cls", "loss_bbox", "loss_mask"])
    #expect(losses.terms.allSatisfy { $0.value.item().isFinite && $0.value.item() > 0 })
    #expect(abs(losses.total.item() - losses.terms.reduce(0) { $0 + $1.value.item() }) < 1e-4)
    losses.total.backward()
    let unused = detector.namedParameters.filter { $0.parameter.value.gradient == nil }.map(\.key)
    #expect(
      unused == [
        "backbone.encoder.norm.weight", "backbone.encoder.norm.bias", "backbone.adapter.fpn1.1.running_mean",
        "backbone.adapter.fpn1.1.running_var",
      ])
  }

  @Test func aStepFollowsItsGenerator() throws {
    let detector = try detector()
    #expect(losses(detector, targets).total.item() == losses(detector, targets).total.item())
    #expect(losses(detector, targets).total.item() != losses(detector, targets, seed: 2).total.item())
  }

  @Test func withoutObjectsTheStepIsFinite() throws {
    let none = [DetectionTarget(boxes: [], labels: [], masks: []), DetectionTarget(boxes: [], labels: [], masks: [])]
    let losses = losses(try detector(), none)
    #expect(losses.total.item().isFinite)
    #expect(losses.boxes.box.item() == 0 && losses.proposals.box.item() == 0 && losses.mask?.item() == 0)
    losses.total.backward()
  }

  @Test func boxesAloneNeedNoMasks() throws {
    let detector = try detector { $0.findsMasks = false }
    let boxesOnly = targets.map { DetectionTarget(boxes: $0.boxes, labels: $0.labels) }
    #expect(losses(detector, boxesOnly).terms.count == 4)
    #expect(detector.maskHead == nil && detector(images).joined().allSatisfy { $0.mask == nil })
  }

  @Test func detectionsLieOnTheirImages() throws {
    let detector = try detector {
      $0.selection.scoreThreshold = 0.1
      $0.selection.limit = 7
    }
    let found = detector(images)
    #expect(found.count == 2)
    for (detections, size) in zip(found, MaskRCNNTests.sizes) {
      #expect(!detections.isEmpty && detections.count <= 7)
      #expect(detections.map(\.score) == detections.map(\.score).sorted(by: >))
      for detection in detections {
        #expect(detection.box == detection.box.clipped(width: Float(size.width), height: Float(size.height)))
        #expect((0..<3).contains(detection.label) && detection.mask?.count == 28 * 28)
      }
    }
  }

  @Test func impossibleShapesAreRefused() throws {
    #expect(throws: InvalidSetting.self) { try detector { $0.classCount = 0 } }
    #expect(throws: InvalidSetting.self) { try detector { $0.proposals.anchors.strides = [4, 8] } }
    var generator = SplitMix64(state: 4)
    let relative = try smallEncoder(relative: .shared)
    #expect(throws: InvalidSetting.self) { try MaskRCNN(relative, config: .init(), using: &generator) }
  }

  @Test func theStateGoesRound() throws {
    let detector = try detector()
    var generator = SplitMix64(state: 40)
    let other = try MaskRCNN(smallEncoder(), config: detector.config, using: &generator)
    try other.load(detector.stateDictionary.mapValues { $0.cloned() })
    #expect(losses(detector, targets).total.item() == losses(other, targets).total.item())
  }
}
