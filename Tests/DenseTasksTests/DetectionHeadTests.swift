import DenseTasks
import ImageLoading
import SplitMaskCore
import Testing
import Torch
import TorchNN
import VisionModels

@Suite struct FeaturePyramidTests {
  @Test func agreesWithTheDefinition() throws {
    let golden = try golden("dense/detection").part("pyramid")
    var generator = SplitMix64(state: 2)
    let pyramid = FeaturePyramid(inputs: 4, channels: 5, using: &generator)
    try pyramid.loadParameters(from: golden)
    let levels = pyramid((0..<4).map { golden["input\($0)"]! })
    #expect(levels.count == 5)
    for (number, level) in levels.enumerated() { #expect(difference(level, golden["output\(number)"]) < 1e-4) }
  }

  @Test func publishedSizes() {
    var generator = SplitMix64(state: 2)
    let pyramid = FeaturePyramid(inputs: 1, channels: 1, using: &generator)
    // 800 × 1344 at strides 4 to 32.
    let sizes = [(200, 336), (100, 168), (50, 84), (25, 42)]
    let levels = pyramid(sizes.map { Tensor.ones([1, 1, $0.0, $0.1]) })
    #expect(levels.map { Array($0.shape[2...]) } == [[200, 336], [100, 168], [50, 84], [25, 42], [13, 21]])
  }
}

@Suite struct RegionProposalNetworkTests {
  private let shapes = [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2)].map { PatchGrid(rows: $0.0, columns: $0.1) }
  private let sizes = [ImageSize(height: 60, width: 90), ImageSize(height: 40, width: 64)]

  private func network(_ change: (inout RegionProposalNetwork.Config) -> Void) -> RegionProposalNetwork {
    var config = RegionProposalNetwork.Config()
    change(&config)
    var generator = SplitMix64(state: 2)
    return RegionProposalNetwork(channels: 5, config: config, using: &generator)
  }

  private func output(_ golden: [String: Tensor]) -> RegionProposalNetwork.Output {
    .init(
      logits: golden["logits"]!, deltas: golden["deltas"]!, anchors: AnchorGenerator().anchors(shapes: shapes))
  }

  @Test func theHeadAgreesWithTheDefinition() throws {
    let golden = try golden("dense/detection")
    let network = network { _ in }
    try network.loadParameters(from: golden.part("rpn"))
    let output = network((0..<5).map { golden["pyramid.output\($0)"]! })
    #expect(difference(output.logits, golden["rpn.logits"]) < 1e-3)
    #expect(difference(output.deltas, golden["rpn.deltas"]) < 1e-3)
    #expect(output.anchors.count == output.logits.shape[1])
  }

  @Test func lossesOfAllAnchors() throws {
    let golden = try golden("dense/proposals")
    let network = network { $0.sampler = BalancedSampler(count: 1_000_000, positiveFraction: 1) }
    for key in ["logits", "deltas"] { golden[key]!.requiresGradient = true }
    var generator = SeededGenerator(seed: 1, purpose: .regionSampling)
    let padded = [ImageSize(height: 64, width: 96), ImageSize(height: 64, width: 64)]
    let losses = network.losses(
      output(golden), sizes: padded, truths: [boxes(golden["truths"]!), []], using: &generator)
    #expect(difference(losses.objectness.detached(), golden["loss_cls"]) < 1e-5)
    #expect(difference(losses.box.detached(), golden["loss_bbox"]) < 1e-5)
    (losses.objectness + losses.box).backward()
    #expect(difference(golden["logits"]!.gradient, golden["gradient_logits"]) < 1e-6)
    #expect(difference(golden["deltas"]!.gradient, golden["gradient_deltas"]) < 1e-6)
  }

  @Test func proposalsAgreeWithTheDefinition() throws {
    let golden = try golden("dense/proposals")
    let network = network {
      ($0.candidatesInTraining, $0.candidatesInEvaluation, $0.proposalCount) = (60, 10, 40)
    }
    let found = network.proposals(output(golden), sizes: sizes, training: true)
    for image in 0..<2 { #expect(difference(tensor(found[image]), golden["proposals\(image)"]) < 1e-3) }
    let fewer = network.proposals(output(golden), sizes: sizes, training: false)
    #expect(!fewer[0].isEmpty && fewer[0].count < found[0].count)
  }

  @Test func aDivergedNetworkProposesNothing() throws {
    let golden = try golden("dense/proposals")
    let nothing = Tensor.full(golden["logits"]!.shape, .nan)
    let output = RegionProposalNetwork.Output(
      logits: nothing, deltas: golden["deltas"]!, anchors: AnchorGenerator().anchors(shapes: shapes))
    #expect(network { _ in }.proposals(output, sizes: sizes, training: true) == [[], []])
  }
}

@Suite struct BoxHeadTests {
  private func head() -> BoxHead {
    var generator = SplitMix64(state: 2)
    return BoxHead(channels: 4, hidden: 6, classCount: 3, using: &generator)
  }

  @Test func agreesWithTheDefinition() throws {
    let golden = try golden("dense/detection").part("bbox_head")
    let head = head()
    try head.loadParameters(from: golden)
    let output = head(golden["features"]!)
    #expect(difference(output.logits, golden["logits"]) < 1e-4)
    #expect(difference(output.deltas, golden["deltas"]) < 1e-4)
  }

  @Test func lossesOfAllRegions() throws {
    let golden = try golden("dense/detection").part("loss")
    let (sample, targets) = HeadLosses.sample(golden)
    #expect(difference(tensor(sample.regions.map(\.box)), golden["regions"]!.narrowed(1, start: 1, count: 4)) == 0)
    let images = golden["regions"]!.selected(1, 0).array(of: Int.self)
    #expect(sample.regions.map(\.image) == images)
    #expect(sample.labels == golden["labels"]!.array(of: Int.self))
    for key in ["logits", "deltas"] { golden[key]!.requiresGradient = true }
    let losses = head().losses(
      .init(logits: golden["logits"]!, deltas: golden["deltas"]!), sample: sample, targets: targets)
    #expect(difference(losses.classification.detached(), golden["loss_cls"]) < 1e-5)
    #expect(difference(losses.box.detached(), golden["loss_bbox"]) < 1e-5)
    (losses.classification + losses.box).backward()
    #expect(difference(golden["logits"]!.gradient, golden["gradient_logits"]) < 1e-6)
    #expect(difference(golden["deltas"]!.gradient, golden["gradient_deltas"]) < 1e-6)
  }

  @Test func detectionsAgreeWithTheDefinition() throws {
    let golden = try golden("dense/detection").part("detections")
    let regions = boxes(golden["regions"]!).enumerated().map { Region(image: $0.offset / 20, box: $0.element) }
    var selection = BoxHead.Selection()
    selection.limit = 12
    let found = head().detections(
      .init(logits: golden["logits"]!, deltas: golden["deltas"]!), regions: regions,
      sizes: [ImageSize(height: 60, width: 90), ImageSize(height: 40, width: 64)], selection: selection)
    for image in 0..<2 {
      #expect(difference(tensor(found[image].map(\.box)), golden["boxes\(image)"]) < 1e-3)
      #expect(difference(Tensor(found[image].map(\.score)), golden["scores\(image)"]) < 1e-5)
      #expect(found[image].map(\.label) == golden["labels\(image)"]!.array(of: Int.self))
    }
  }
}

@Suite struct MaskHeadTests {
  private func head() -> MaskHead {
    var generator = SplitMix64(state: 2)
    return MaskHead(channels: 4, classCount: 3, using: &generator)
  }

  @Test func agreesWithTheDefinition() throws {
    let golden = try golden("dense/detection").part("mask_head")
    let head = head()
    try head.loadParameters(from: golden)
    let logits = head(golden["features"]!)
    #expect(difference(logits, golden["logits"]) < 1e-3)
    let probabilities = head.probabilities(logits, labels: [2, 0])
    let wanted = [(0, 2), (1, 0)].map { logits.selected(0, $0.0).selected(0, $0.1).sigmoid() }
    for (found, wanted) in zip(probabilities, wanted) {
      #expect(difference(Tensor(found, shape: [28, 28]), wanted) < 1e-6)
    }
  }

  @Test func theLossOfThePositives() throws {
    let golden = try golden("dense/detection").part("loss")
    let (sample, targets) = HeadLosses.sample(golden)
    let logits = golden["mask_logits"]!.to(.float32)
    #expect(difference(head().loss(logits, sample: sample, targets: targets), golden["loss_mask"]) < 1e-5)
  }

  @Test func withoutPositivesTheLossIsZeroAndHasAHistory() {
    var generator = SeededGenerator(seed: 1, purpose: .regionSampling)
    let targets = [DetectionTarget(boxes: [], labels: [], masks: [])]
    let sample = RegionSample(
      proposals: [[Box(left: 0, top: 0, right: 9, bottom: 9)]], targets: targets, classCount: 3, using: &generator)
    let features = Tensor.zeros([0, 4, 14, 14])
    let head = head()
    let loss = head.loss(head(features), sample: sample, targets: targets)
    #expect(loss.item() == 0)
    loss.backward()
    #expect(head.convLogits.weight.value.gradient?.absolute().sum().item() == 0)
  }
}

/// The golden of the heads' losses.
private enum HeadLosses {
  /// Its regions, all of them sampled, and its images.
  static func sample(_ golden: [String: Tensor]) -> (RegionSample, [DetectionTarget]) {
    let labels = [[2, 0], [1]]
    let targets = (0..<2).map { image in
      DetectionTarget(
        boxes: boxes(golden["truths\(image)"]!), labels: labels[image],
        masks: golden["masks\(image)"]!.unbound(0).map(bitmap))
    }
    var generator = SeededGenerator(seed: 1, purpose: .regionSampling)
    let sample = RegionSample(
      proposals: (0..<2).map { boxes(golden["proposals\($0)"]!) }, targets: targets, classCount: 3,
      sampler: BalancedSampler(count: 1000, positiveFraction: 1), using: &generator)
    return (sample, targets)
  }
}
