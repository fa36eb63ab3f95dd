import DurableFiles
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

/// Two large crops and three small ones.
private let crops: MultiCrop = {
  var large = Augmentation.Config.smallData
  large.cropScale = 0.4...1
  var small = large
  small.cropScale = 0.05...0.4
  let sizes = [8, 8, 4, 4, 4]
  return MultiCrop(
    sizes.map { .init(size: .init(height: $0, width: $0), augmentation: $0 == 8 ? large : small) })
}()

@Suite struct MultiCropTests {
  private func loader(_ dataset: ImageDataset, workers: Int, budget: Int = 0, seed: UInt64 = 5) throws -> DataLoader {
    try DataLoader(
      dataset: dataset, batchSize: 4, views: crops.views, transform: .multiCrop(crops), seed: seed, workers: workers,
      decodedCacheBudget: budget)
  }

  private func contents(_ loader: DataLoader, epoch: Int, from batch: Int = 0) throws -> [[[UInt8]]] {
    let iterator = loader.batches(epoch: epoch, startingAt: batch)
    var result: [[[UInt8]]] = []
    while let batch = try iterator.next() { result.append(batch.views.map { Array($0.bytes) }) }
    return result
  }

  @Test func batchesDoNotDependOnWorkersCacheNorOnWhereAnEpochIsTakenUp() throws {
    let folder = try pictureFolder(13)
    let dataset = try ImageDataset(paths: [folder.path])
    let expected = try contents(try loader(dataset, workers: 0), epoch: 2)
    #expect(expected.count == 3)
    #expect(expected[0].map(\.count) == [8, 8, 4, 4, 4].map { 4 * $0 * $0 * 3 })
    for workers in [1, 5] {
      #expect(try contents(try loader(dataset, workers: workers), epoch: 2) == expected)
      #expect(try contents(try loader(dataset, workers: workers), epoch: 2, from: 1) == Array(expected[1...]))
      // PNG files are decoded to the same pixels, whole or in part.
      #expect(try contents(try loader(dataset, workers: workers, budget: 1 << 20), epoch: 2) == expected)
    }
    #expect(try contents(try loader(dataset, workers: 0), epoch: 3) != expected)
    #expect(try contents(try loader(dataset, workers: 0, seed: 6), epoch: 2) != expected)
    let batch = try loader(dataset, workers: 0).batches(epoch: 0).next()
    #expect(batch?.views.map(\.height) == [8, 8, 4, 4, 4])
    #expect(batch?.views.allSatisfy { $0.batchCount == 4 } == true)
  }

  @Test func everyCropIsADrawOfItsOwn() {
    var generator = SeededGenerator(seed: 1, purpose: .augmentation)
    let draws = (0..<2000).map { _ in crops.draws(using: &generator, width: 64, height: 64) }
    #expect(draws.allSatisfy { $0.count == 5 })
    #expect(draws.allSatisfy { Set($0.map(\.crop)).count >= 4 })
    for (first, second) in [(0, 1), (0, 2), (3, 4)] {
      let agreeing = draws.filter { $0[first].isFlipped == $0[second].isFlipped }.count
      #expect(abs(agreeing - 1000) < 100, "flips of crops \(first) and \(second)")
    }
  }

  /// 20,000 crops of torchvision 0.28 for a square: mean area 0.6465 and 0.2258 of the image, deviation 0.1476 and 0.1015.
  @Test(arguments: [(0, 0.6465, 0.1476), (3, 0.2258, 0.1015)])
  func areasFollowRandomResizedCrop(crop: Int, mean: Double, deviation: Double) {
    let shares = (0..<4000).map { index in
      var generator = SeededGenerator(seed: 2, index: index, purpose: .augmentation)
      let box = crops.draws(using: &generator, width: 64, height: 64)[crop].crop
      return Double(box.width * box.height) / (64 * 64)
    }
    let found = shares.reduce(0, +) / 4000
    let variance = shares.reduce(0) { $0 + ($1 - found) * ($1 - found) } / 4000
    #expect(abs(found - mean) < 0.01)
    #expect(abs(variance.squareRoot() - deviation) < 0.005)
  }

  @Test func cropsEqualPIL() throws {
    let golden = try CropGolden()
    let renderer = ViewRenderer(views: ViewConfiguration(crops: golden.sizes))
    let expected = try golden.views()
    let source = try golden.source()
    let transform = ViewTransform.crops(golden.draws)
    #expect(try render(renderer, golden.sizes) { try renderer.render(source, as: transform, into: $0) } == expected)
    let encoded = EncodedImage(try ImageEncoder.png(source))
    #expect(try render(renderer, golden.sizes) { try renderer.render(encoded, as: transform, into: $0) } == expected)
  }

  /// A single large crop is rendered from a reduced JPEG; with a small one beside it that would be enlarged, none is.
  @Test func oneDecodingServesAllCrops() throws {
    let (width, height) = (400, 320)
    let jpeg = try ImageEncoder.jpeg(
      PixelImage(width: width, height: height, pixels: picturePixels(3, width, height)), quality: 90)
    let whole = try EncodedImage(jpeg).decode()
    let sizes = [ViewConfiguration.Size(height: 32, width: 32), .init(height: 16, width: 16)]
    let renderer = ViewRenderer(views: ViewConfiguration(crops: sizes))
    func views(_ boxes: [CropBox]) throws -> (fromFile: [[UInt8]], fromPixels: [[UInt8]]) {
      let transform = ViewTransform.crops(boxes.map { Augmentation.Draw(crop: $0) })
      return (
        try render(renderer, sizes) { try renderer.render(EncodedImage(jpeg), as: transform, into: $0) },
        try render(renderer, sizes) { try renderer.render(whole, as: transform, into: $0) }
      )
    }
    let large = CropBox(left: 11, top: 7, width: 300, height: 290)
    let exact = try views([large, CropBox(left: 340, top: 280, width: 31, height: 29)])
    #expect(exact.fromFile == exact.fromPixels)
    let reduced = try views([large, CropBox(left: 250, top: 200, width: 120, height: 110)])
    #expect(reduced.fromFile != reduced.fromPixels)
    for (view, other) in zip(reduced.fromFile, reduced.fromPixels) {
      let difference = zip(view, other).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
      #expect(Double(difference) / Double(view.count) < 12)
    }
  }

  private func render(
    _ renderer: ViewRenderer, _ sizes: [ViewConfiguration.Size], _ body: ([UnsafeMutableRawPointer]) throws -> Void
  ) throws -> [[UInt8]] {
    let blocks = sizes.map {
      UnsafeMutableRawBufferPointer.allocate(byteCount: $0.height * $0.width * 3, alignment: 64)
    }
    defer { for block in blocks { block.deallocate() } }
    try body(blocks.map { $0.baseAddress! })
    return blocks.map { Array($0) }
  }
}

/// Crops that PIL made (`Tests/Goldens/dino`).
private struct CropGolden {
  private let file: SafetensorsFile
  let draws: [Augmentation.Draw]
  let sizes: [ViewConfiguration.Size]

  init() throws {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = try SafetensorsFile(tests.appendingPathComponent("Goldens/dino/crops.safetensors"))
    let rows = withExtendedLifetime(file) {
      let bytes = file["crops"]!.bytes
      return (0..<bytes.count / 64).map { row in
        (0..<8).map { Int(bytes.loadUnaligned(fromByteOffset: 64 * row + 8 * $0, as: Int64.self)) }
      }
    }
    self.file = file
    draws = rows.map { row in
      var draw = Augmentation.Draw(crop: CropBox(left: row[0], top: row[1], width: row[2], height: row[3]))
      draw.isFlipped = row[5] == 1
      draw.blurRadius = row[6] == 0 ? nil : Double(row[6]) / 100
      draw.isSolarized = row[7] == 1
      return draw
    }
    sizes = rows.map { .init(height: $0[4], width: $0[4]) }
  }

  private func bytes(_ name: String) -> [UInt8] { withExtendedLifetime(file) { Array(file[name]!.bytes) } }

  func source() throws -> PixelImage {
    let shape = file["source"]!.shape
    return PixelImage(width: shape[1], height: shape[0], pixels: bytes("source"))
  }

  func views() throws -> [[UInt8]] { draws.indices.map { bytes("view.\($0)") } }
}
