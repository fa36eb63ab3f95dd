import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import SelfSupervision
import Testing
import Torch
import VisionModels

@Suite struct LoaderPatchSourceTests {
  @Test func aPassShowsEveryImagesTokenizerView() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for image in 0..<5 {
      // Left half dark, right half light, so that a resize by two leaves the patches' colours.
      let pixels = (0..<64).flatMap { place in [UInt8](repeating: UInt8(place % 8 < 4 ? image : 200 + image), count: 3)
      }
      try ImageEncoder.png(PixelImage(width: 8, height: 8, pixels: pixels))
        .write(to: folder.appending(path: "\(image).png"))
    }
    let size = ViewConfiguration.Size(height: 8, width: 8)
    let loader = try DataLoader(
      dataset: ImageDataset(paths: [folder.path]), batchSize: 2, views: ViewConfiguration(encoder: size),
      transform: .evaluation(resize: 8, crop: 8), workers: 1)
    let grid = PatchGrid(rows: 2, columns: 2)
    let source = LoaderPatchSource(
      loader, patchifier: Patchifier(grid: grid, patchSize: 4, normalization: .imageNet, device: .cpu))
    #expect(source.imageCount == 5)
    var batches: [[Int]] = []
    var first: [Int] = []
    try source.forEachBatch(pass: 0) { bytes in
      batches.append(bytes.shape)
      first += bytes.selected(2, 0).array(of: Int.self)
      return true
    }
    #expect(batches == [[2, 4, 48], [2, 4, 48], [1, 4, 48]])
    #expect(first == (0..<5).flatMap { [$0, 200 + $0, $0, 200 + $0] })
    var seen = 0
    try source.forEachBatch(pass: 0) { _ in
      seen += 1
      return false
    }
    #expect(seen == 1)
  }
}
