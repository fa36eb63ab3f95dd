import Foundation
import ImageLoading
import SelfSupervision
import SplitMaskCore
import Testing
import Torch
import Training
import VisionModels

@Suite struct ReconstructionSheetTests {
  /// The pixels of one patch of a picture whose corner is at x and y.
  private func patch(_ pixels: [UInt8], width: Int, x: Int, y: Int) -> [UInt8] {
    var result: [UInt8] = []
    for row in y..<(y + 4) {
      let start = 3 * (row * width + x)
      result += pixels[start..<(start + 12)]
    }
    return result
  }

  /// Rows of five pictures of 16 pixels, two pixels apart.
  @Test(arguments: [(3, 52), (8, 142)]) func sheetShowsHalvesOfItsImages(count: Int, height: Int) throws {
    let step = try TinyStep()
    let masks = try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: 0.5)
    let task = SplitMaskTask(computation: step.computation, masks: masks, normalization: .imageNet)
    let batch = try shapesBatch(count)
    let pictures = try task.pictures(
      of: batch, in: StepContext(seed: 1, step: 0, epoch: 0, device: .cpu, processes: .alone))
    let sheet = try #require(pictures.first?.image)
    #expect(pictures.count == 1 && sheet.width == 88 && sheet.height == height)
    let image = Array(batch.views[0].bytes.prefix(16 * 16 * 3))
    let white = [UInt8](repeating: 255, count: 48)
    var seen = [0, 0]
    for y in stride(from: 0, to: 16, by: 4) {
      for x in stride(from: 0, to: 16, by: 4) {
        let original = patch(image, width: 16, x: x, y: y)
        #expect(patch(sheet.pixels, width: 88, x: x, y: y) == original)
        let halves = [18, 54].map { patch(sheet.pixels, width: 88, x: $0 + x, y: y) }
        // What neither sees stays white; what one sees is filled in in its neighbour on the right.
        #expect(halves.allSatisfy { $0 == original || $0 == white })
        for branch in 0..<2 where halves[branch] == original {
          seen[branch] += 1
          #expect(patch(sheet.pixels, width: 88, x: 36 * branch + 36 + x, y: y) == original)
        }
      }
    }
    #expect(seen == [8, 8])
  }

  /// The image, what is seen and what is made of it, side by side; everything that is seen is in both.
  private func checkLook(_ pictures: [TrainingPicture], of batch: HostBatch, seenCount: Int) throws {
    let sheet = try #require(pictures.first?.image)
    #expect(pictures.count == 1 && sheet.width == 52 && sheet.height == 34)
    let image = Array(batch.views[0].bytes.prefix(16 * 16 * 3))
    let white = [UInt8](repeating: 255, count: 48)
    var seen = 0
    for y in stride(from: 0, to: 16, by: 4) {
      for x in stride(from: 0, to: 16, by: 4) {
        let original = patch(image, width: 16, x: x, y: y)
        #expect(patch(sheet.pixels, width: 52, x: x, y: y) == original)
        let shown = patch(sheet.pixels, width: 52, x: 18 + x, y: y)
        #expect(shown == original || shown == white)
        guard shown == original else { continue }
        seen += 1
        #expect(patch(sheet.pixels, width: 52, x: 36 + x, y: y) == original)
      }
    }
    #expect(seen == seenCount)
  }

  private let context = StepContext(seed: 1, step: 0, epoch: 0, device: .cpu, processes: .alone)

  @Test func aFullSequenceHasOneLook() throws {
    let step = try TinyStep(Variant.all[1])
    let masks = try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: 0.5)
    let task = SplitMaskTask(computation: step.computation, masks: masks, normalization: .imageNet)
    let batch = try shapesBatch(2)
    try checkLook(try task.pictures(of: batch, in: context), of: batch, seenCount: 8)
  }

  @Test func bEiTHasOneLook() throws {
    let masks = try BEiTMaskGenerator(grid: PatchGrid(rows: 4, columns: 4))
    let task = BEiTTask(computation: try TinyBEiT().computation, masks: masks, normalization: .imageNet)
    let batch = try shapesBatch(2)
    var generator = SeededGenerator(seed: 1, epoch: 0, index: batch.indices[0], purpose: .mask)
    let hidden = masks.masked(using: &generator).count
    try checkLook(try task.pictures(of: batch, in: context), of: batch, seenCount: 16 - hidden)
  }

  @Test(arguments: [true, false]) func mAEHasOneLook(normalized: Bool) throws {
    var config = MAE.Config()
    config.normalizedTargets = normalized
    let task = MAETask(computation: try TinyMAE(config).computation, normalization: .imageNet)
    let batch = try shapesBatch(2)
    try checkLook(try task.pictures(of: batch, in: context), of: batch, seenCount: 4)
  }
}
