import ArgumentParser
import DenseTasks
import DurableFiles
import Foundation
import ImageLoading
import SplitMaskCore
import Torch
import VisionModels

/// Times what a detector does with boxes, each on its own: suppression of 2,000 boxes of a level, regions' features
/// forward and backward at the published sizes, matching of an image's anchors, a mask target. Prints one JSON object
/// of milliseconds, the best of several runs.
@main
struct RegionBenchmark: ParsableCommand {
  @Option var threads = 1
  @Option var repeats = 5
  @Option(help: "Where to write the regions for another program to time, as safetensors.") var regions: String?

  private static let frame = ImageSize(height: 800, width: 1344)
  private static let channels = 256

  func run() throws {
    Engine.keepFreedMemory()
    Engine.threadCount = threads
    var draws = SeededGenerator(seed: 1, purpose: .regionSampling)
    let regionBoxes = boxes(512, using: &draws)
    if let regions { try write(regionBoxes, to: regions) }
    var report: [String: Double] = [:]
    timeSuppression(into: &report, using: &draws)
    timeRegions(regionBoxes, into: &report)
    timeMatching(into: &report, using: &draws)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    print(String(decoding: try encoder.encode(report), as: UTF8.self))
  }

  /// Boxes of all sizes on the frame.
  private func boxes(_ count: Int, using draws: inout SeededGenerator) -> [Box] {
    let frame = RegionBenchmark.frame
    return (0..<count).map { _ in
      let side = exp(draws.uniform(in: log(16.0)...log(600.0)))
      let aspect = exp(0.3 * draws.normal())
      let x = draws.uniform() * Double(frame.width)
      let y = draws.uniform() * Double(frame.height)
      let (width, height) = (side * aspect / 2, side / aspect / 2)
      return Box(left: Float(x - width), top: Float(y - height), right: Float(x + width), bottom: Float(y + height))
        .clipped(width: Float(frame.width), height: Float(frame.height))
    }
  }

  private func best(_ body: () -> Void) -> Double {
    (0..<repeats).map { _ in
      let start = ContinuousClock.now
      body()
      return (ContinuousClock.now - start) / .milliseconds(1)
    }.min()!
  }

  private func timeSuppression(into report: inout [String: Double], using draws: inout SeededGenerator) {
    let scores = (0..<2000).map { _ in Float(draws.uniform()) }
    let spread = boxes(2000, using: &draws)
    // Nothing overlaps: every box is compared with every other.
    let apart = (0..<2000).map { index in
      Box(left: Float(index) * 10, top: 0, right: Float(index) * 10 + 8, bottom: 8)
    }
    for (name, boxes) in [("spread", spread), ("apart", apart)] {
      report["suppression_\(name)"] = best {
        _ = NonMaximumSuppression(threshold: 0.7).keep(boxes, scores: scores)
      }
    }
  }

  private func timeRegions(_ boxes: [Box], into report: inout [String: Double]) {
    let frame = RegionBenchmark.frame
    let maps = DenseBackbone.strides.map { stride in
      Tensor.ones([1, RegionBenchmark.channels, frame.height / stride, frame.width / stride])
    }
    for map in maps { map.requiresGradient = true }
    report["table"] = best { _ = PyramidFeatures(maps, strides: DenseBackbone.strides) }
    for (side, count) in [(7, 512), (14, 128)] {
      let regions = boxes.prefix(count).map { Region(image: 0, box: $0) }
      let align = RoIAlign(side: side)
      let features = PyramidFeatures(maps, strides: DenseBackbone.strides)
      report["regions_\(side)_forward"] = best { _ = align(features, regions: regions) }
      let upstream = Tensor.ones([count, RegionBenchmark.channels, side, side])
      report["regions_\(side)_with_table_and_backward"] = best {
        let features = PyramidFeatures(maps, strides: DenseBackbone.strides)
        (align(features, regions: regions) * upstream).sum().backward()
        for map in maps { map.gradient = nil }
      }
    }
  }

  private func timeMatching(into report: inout [String: Double], using draws: inout SeededGenerator) {
    let frame = RegionBenchmark.frame
    let truths = boxes(20, using: &draws)
    let shapes = [(200, 336), (100, 168), (50, 84), (25, 42), (13, 21)].map { PatchGrid(rows: $0.0, columns: $0.1) }
    let anchors = AnchorGenerator().anchors(shapes: shapes)
    report["anchors"] = best { _ = anchors.boxes }
    let all = anchors.boxes
    report["anchor_matching_20_objects"] = best {
      _ = BoxMatcher.anchors.match(anchors, boxes: all, in: frame, to: truths)
    }
    let mask = Bitmap(height: frame.height, width: frame.width)
    let box = Box(left: 100, top: 100, right: 500.5, bottom: 400.25)
    report["mask_target_400x300"] = best { _ = MaskTargets().target(mask, in: box) }
    let map = [Float](repeating: 0.7, count: 28 * 28)
    report["mask_pasted_400x300"] = best {
      _ = MaskPasting.paste(map, side: 28, in: box, height: frame.height, width: frame.width)
    }
  }

  private func write(_ boxes: [Box], to path: String) throws {
    let values = boxes.flatMap { [$0.left, $0.top, $0.right, $0.bottom] }
    let levels = boxes.map { Int64(Region(image: 0, box: $0).level) }
    try SafetensorsWriter.write(
      [
        (name: "boxes", tensor: Tensor(values, shape: [boxes.count, 4])), (name: "levels", tensor: Tensor(levels)),
      ], to: URL(filePath: path))
  }
}
