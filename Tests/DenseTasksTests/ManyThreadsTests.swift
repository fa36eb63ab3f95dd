import DenseAnnotations
import DenseTasks
import Foundation
import ImageCoding
import ImageData
import ShapesData
import Testing
import Torch
import VisionModels

/// Several threads that look at images of their own find what one does, in the images' order.
@Suite struct ManyThreadsTests {
  private func withImages(_ body: (ImageDataset) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "threads-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (9, 96, 64, 0)
    try ShapesDataset(config: config).write(to: folder, workers: 1)
    try Data("nothing".utf8).write(to: folder.appending(path: "train/unreadable.jpg"))
    try body(try ImageDataset(paths: [folder.appending(path: "train").path]))
  }

  @Test func detections() throws {
    var config = MaskRCNN.Config()
    (config.classCount, config.channels, config.hiddenWidth) = (2, 8, 16)
    (config.proposals.candidatesInEvaluation, config.proposals.proposalCount) = (30, 20)
    var generator = SplitMix64(state: 4)
    let detector = Detector(
      network: try MaskRCNN(smallEncoder(), config: config, using: &generator), classNames: ["a", "b"],
      normalization: .imageNet)
    try withImages { images in
      func found(_ threads: Int) throws -> [(image: Int, objects: [Detection])] {
        var view = DetectionPass.View()
        (view.shortSide, view.longSide) = (64, 96)
        let pass = try DetectionPass(
          over: images, pixels: .imageNet, view: view, batchSize: 1, workers: 1, device: .cpu, precision: nil)
        var all: [(image: Int, objects: [Detection])] = []
        try withEngineThreads(threads) {
          try pass.forEach(detector) { image, _, objects in all.append((image, objects)) }
        }
        #expect(pass.skipped.count == 1)
        return all
      }
      let (one, three) = (try found(1), try found(3))
      #expect(one.map(\.image) == three.map(\.image) && one.count == images.count - 1)
      for (left, right) in zip(one, three) {
        #expect(left.objects.map(\.label) == right.objects.map(\.label))
        for (own, other) in zip(left.objects, right.objects) {
          #expect(abs(own.score - other.score) < 1e-6 && abs(own.box.left - other.box.left) < 1e-3)
        }
      }
    }
  }

  @Test func labelMaps() throws {
    var config = UPerNet.Config()
    (config.classCount, config.channels, config.auxiliaryChannels) = (3, 8, 8)
    var generator = SplitMix64(state: 3)
    let segmenter = Segmenter(
      network: try UPerNet(smallEncoder(size: ImageSize(64)), config: config, using: &generator),
      classNames: ["a", "b", "c"], normalization: .imageNet)
    try withImages { images in
      func maps(_ threads: Int) throws -> [(Int, LabelMap)] {
        var view = SegmentationEvaluation.Config()
        (view.scales, view.shortSide, view.window) = ([0.75, 1], 64, nil)
        let evaluation = try SegmentationEvaluation(
          of: images, pixels: .imageNet, config: view, workers: 1, device: .cpu, precision: nil)
        var all: [(Int, LabelMap)] = []
        try withEngineThreads(threads) { try evaluation.forEachPrediction(segmenter) { all.append(($0, $1)) } }
        return all
      }
      let (one, three) = (try maps(1), try maps(3))
      #expect(one.map(\.0) == three.map(\.0) && one.count == images.count - 1)
      for (left, right) in zip(one, three) {
        // Where two classes are as good, rounding decides.
        #expect(zip(left.1.values, right.1.values).count { $0 != $1 } < left.1.values.count / 1000)
      }
    }
  }
}
