import Foundation
import ImageData
import SelfSupervision
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

  private func batch(_ count: Int) throws -> HostBatch {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sheet-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (count, 32, 32, 0)
    try ShapesDataset(config: config).write(to: url, workers: 1)
    let loader = try DataLoader(
      dataset: try ImageDataset(paths: [url.appendingPathComponent("train").path]), batchSize: count,
      views: ViewConfiguration(encoder: .init(height: 16, width: 16)), transform: .training(Augmentation.Config()),
      workers: 0)
    return try #require(try loader.batches(epoch: 0).next())
  }

  /// At most eight rows of five pictures of 16 pixels, two pixels apart.
  @Test(arguments: [(3, 52), (9, 142)]) func sheetShowsHalvesOfItsImages(count: Int, height: Int) throws {
    let step = try TinyStep()
    let masks = try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: 0.5)
    let task = SplitMaskTask(computation: step.computation, masks: masks) { _, _ in }
    let batch = try batch(count)
    let pictures = try task.pictures(of: batch, in: StepContext(seed: 1, step: 0, epoch: 0, device: .cpu))
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

  @Test func nothingIsShownWithoutHalves() throws {
    let step = try TinyStep(Variant.all[1])
    let masks = try UniformMaskGenerator(grid: PatchGrid(rows: 4, columns: 4), ratio: 0.5)
    let task = SplitMaskTask(computation: step.computation, masks: masks) { _, _ in }
    let pictures = try task.pictures(of: try batch(2), in: StepContext(seed: 1, step: 0, epoch: 0, device: .cpu))
    #expect(pictures.isEmpty)
  }
}
