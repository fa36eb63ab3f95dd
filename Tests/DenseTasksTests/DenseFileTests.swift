import DenseAnnotations
import DenseTasks
import Foundation
import Testing
import Torch
import VisionModels

@Suite struct DenseFileTests {
  private let url = FileManager.default.temporaryDirectory.appending(path: "dense-\(UUID().uuidString).safetensors")

  private func detector(masks: Bool = true) throws -> Detector {
    var config = MaskRCNN.Config()
    (config.classCount, config.findsMasks, config.channels, config.hiddenWidth) = (2, masks, 8, 16)
    var generator = SplitMix64(state: 3)
    let network = try MaskRCNN(smallEncoder(), config: config, using: &generator)
    return Detector(network: network, classNames: ["cat", "dog"], normalization: .imageNet)
  }

  private func segmenter(_ labelMap: LabelMapping = .oneBased) throws -> Segmenter {
    var config = UPerNet.Config()
    (config.classCount, config.channels, config.auxiliaryChannels) = (3, 8, 8)
    var generator = SplitMix64(state: 3)
    let network = try UPerNet(smallEncoder(), config: config, using: &generator)
    return Segmenter(
      network: network, classNames: ["a", "b", "c"], normalization: .imageNet, labelMap: labelMap)
  }

  @Test(arguments: [true, false]) func aDetectorComesBack(masks: Bool) throws {
    defer { try? FileManager.default.removeItem(at: url) }
    let written = try detector(masks: masks)
    try written.write(to: url)
    let read = try Detector(reading: url)
    #expect(read.classNames == written.classNames && read.normalization == written.normalization)
    #expect(read.network.config == written.network.config)
    #expect(read.network.backbone.encoder.config == written.network.backbone.encoder.config)
    let (before, after) = (written.network.stateDictionary, read.network.stateDictionary)
    #expect(before.count == after.count)
    #expect(before.allSatisfy { difference($0.value, after[$0.key]) == 0 })
  }

  @Test func aSegmenterComesBackWithItsStatistics() throws {
    defer { try? FileManager.default.removeItem(at: url) }
    let written = try segmenter()
    for parameter in written.network.parameters where !parameter.value.requiresGradient {
      parameter.assign(Tensor.full(parameter.value.shape, 0.25))
    }
    try written.write(to: url)
    let read = try Segmenter(reading: url)
    #expect(read.network.config == written.network.config && read.classNames == written.classNames)
    let after = read.network.stateDictionary
    #expect(written.network.stateDictionary.allSatisfy { difference($0.value, after[$0.key]) == 0 })
  }

  @Test(arguments: [LabelMapping.oneBased, .zeroBased, .table([0: 1, 7: 2, 255: 3])])
  func aSegmenterKnowsItsLabelMaps(labelMap: LabelMapping) throws {
    defer { try? FileManager.default.removeItem(at: url) }
    try segmenter(labelMap).write(to: url)
    #expect(try Segmenter(reading: url).labelMap == labelMap)
  }

  @Test func otherFilesAreRefused() throws {
    defer { try? FileManager.default.removeItem(at: url) }
    try segmenter().write(to: url)
    let error = #expect(throws: DenseFileError.self) { try Detector(reading: url) }
    #expect(error?.description.contains("no detector") == true)
  }
}
