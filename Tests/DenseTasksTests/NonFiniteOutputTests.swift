import DenseTasks
import Foundation
import ImageCoding
import ImageData
import Testing
import Torch
import TorchNN
import VisionModels

/// Files with such weights are refused when they are read; finite weights whose sums overflow give the same values.
@Suite struct NonFiniteOutputTests {
  private let url = FileManager.default.temporaryDirectory.appending(path: "non-finite-\(UUID().uuidString)")

  private func withImages(_ body: (ImageDataset) throws -> Void) throws {
    defer { try? FileManager.default.removeItem(at: url) }
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    let pixels = PixelImage(width: 64, height: 64, pixels: (0..<64 * 64 * 3).map { UInt8($0 % 251) })
    try ImageEncoder.png(pixels).write(to: url.appending(path: "one.png"))
    try body(ImageDataset(files: ["one.png"], in: url.path))
  }

  /// Spoils a layer of a network.
  private func spoil(_ layer: String, of network: Module) {
    let parameters = network.namedParameters.filter { $0.key.hasPrefix(layer) }.map(\.parameter)
    #expect(!parameters.isEmpty)
    for parameter in parameters { parameter.assign(Tensor.full(parameter.value.shape, .nan)) }
  }

  @Test(arguments: ["rpn_head.rpn_cls", "bbox_head.fc_cls", "mask_head"]) func aDetectorIsRefused(layer: String) throws
  {
    var config = MaskRCNN.Config()
    (config.classCount, config.channels, config.hiddenWidth) = (2, 8, 16)
    config.selection.scoreThreshold = 0
    var generator = SplitMix64(state: 4)
    let network = try MaskRCNN(smallEncoder(size: ImageSize(64)), config: config, using: &generator)
    spoil(layer, of: network)
    let detector = Detector(network: network, classNames: ["a", "b"], normalization: .imageNet)
    try withImages { images in
      var view = DetectionPass.View()
      view.shortSide = 64
      let pass = try DetectionPass(
        over: images, pixels: .imageNet, view: view, batchSize: 1, workers: 0, device: .cpu, precision: nil)
      let error = #expect(throws: NonFiniteOutput.self) { try pass.forEach(detector) { _, _, _ in } }
      #expect(error?.image == "one.png" || error?.image.hasSuffix("/one.png") == true)
      #expect("\(error!)".contains("earlier checkpoint"))
    }
  }

  @Test func aSegmenterIsRefused() throws {
    var config = UPerNet.Config()
    (config.classCount, config.channels, config.auxiliaryChannels) = (2, 8, 8)
    var generator = SplitMix64(state: 3)
    let network = try UPerNet(smallEncoder(size: ImageSize(64)), config: config, using: &generator)
    spoil("decode_head.conv_seg", of: network)
    let segmenter = Segmenter(network: network, classNames: ["a", "b"], normalization: .imageNet)
    try withImages { images in
      let evaluation = try SegmentationEvaluation(
        of: images, pixels: .imageNet, config: .init(), workers: 0, device: .cpu, precision: nil)
      let error = #expect(throws: NonFiniteOutput.self) { try evaluation.forEachPrediction(segmenter) { _, _ in } }
      #expect(error?.network == "segmenter")
    }
  }
}
