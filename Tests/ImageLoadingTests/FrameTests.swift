import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import SplitMaskCore
import TestSupport
import Testing

/// Random parts in random sizes, with the image's number as the class of an object.
private struct Parts: FrameSource {
  let pixelLimit = 40 * 40

  func frame(of image: Int, width: Int, height: Int, using generator: inout SeededGenerator) throws -> Frame {
    let left = generator.integer(in: 0...width / 3)
    let top = generator.integer(in: 0...height / 3)
    let source = CropBox(
      left: left, top: top, width: generator.integer(in: width / 2...width - left),
      height: generator.integer(in: height / 2...height - top))
    var placement = FramePlacement.fitting(
      source, short: generator.integer(in: 8...30), long: 40, isFlipped: generator.bool(probability: 0.5))
    let (wide, high) = (max(1, placement.width * 2 / 3), max(1, placement.height * 3 / 4))
    placement.window = CropBox(
      left: generator.integer(in: 0...placement.width - wide), top: generator.integer(in: 0...placement.height - high),
      width: wide, height: high)
    let whole = Box(left: 0, top: 0, right: Float(wide), bottom: Float(high))
    return Frame(placement, annotation: .objects(DetectionTarget(boxes: [whole], labels: [image])))
  }
}

@Suite struct FramePlacementTests {
  @Test func imagesKeepTheirShapeUnderBothLimits() {
    let wide = FramePlacement.fitting(width: 640, height: 480, short: 800, long: 1333)
    #expect(wide.width == 1067 && wide.height == 800)
    let long = FramePlacement.fitting(width: 1000, height: 200, short: 800, long: 1333)
    #expect(long.width == 1333 && long.height == 267)
    let tall = FramePlacement.fitting(width: 1, height: 900, short: 100, long: 300)
    #expect(tall.width == 1 && tall.height == 300)
  }

  @Test func pointsMoveWithThePixels() {
    let source = CropBox(left: 10, top: 20, width: 40, height: 30)
    let window = CropBox(left: 4, top: 6, width: 50, height: 40)
    let plain = FramePlacement(source: source, width: 80, height: 90, window: window)
    #expect(plain.x(10) == -4 && plain.x(12) == 0 && plain.x(37) == 50)
    #expect(plain.y(20) == -6 && plain.y(22) == 0)
    let flipped = FramePlacement(source: source, width: 80, height: 90, window: window, isFlipped: true)
    #expect(flipped.x(12) == 50 && flipped.x(37) == 0 && flipped.y(22) == 0)
  }

  /// A rectangle is drawn on an image and on a map of labels; both must end where its corners do.
  @Test(arguments: 0..<20) func imageLabelsAndPointsAgree(seed: UInt64) throws {
    let (width, height) = (90, 70)
    let box = CropBox(left: 33, top: 24, width: 22, height: 19)
    var canvas = Canvas(width: width, height: height, color: .init(0, 0, 0))
    canvas.fill(box, .init(255, 255, 255))
    let labels = (0..<width * height).map { canvas.image.pixels[3 * $0] }
    let folder = try TemporaryFolder()
    try folder.write(try ImageEncoder.png(canvas.image), to: "a.png")
    let loader = try DataLoader(
      dataset: try ImageDataset(paths: [folder.path]), batchSize: 1, frames: Parts(), isTraining: true, seed: seed,
      workers: 0)
    let batch = try #require(try loader.batches(epoch: 0).next())
    let frames = try #require(batch.frames)
    let (frame, image) = (frames.frames[0], frames.images()[0])
    let placement = frame.placement
    let moved = placement.nearest(labels, rowLength: width)
    #expect(image.width == frame.width && moved.count == frame.width * frame.height)
    let edges = [placement.x(Double(box.left)), placement.x(Double(box.left + box.width))].sorted()
    let ends = [placement.y(Double(box.top)), placement.y(Double(box.top + box.height))]
    // Antialiasing and bilinear interpolation reach as far as a pixel of the coarser image.
    let blur = 1 + max(1, Double(placement.width) / Double(placement.source.width))
    for y in 0..<frame.height {
      for x in 0..<frame.width {
        let inside = min(
          Double(x) + 0.5 - edges[0], edges[1] - Double(x) - 0.5, Double(y) + 0.5 - ends[0], ends[1] - Double(y) - 0.5)
        guard abs(inside) > blur else { continue }
        let pixel = image.pixels[3 * (y * frame.width + x)]
        #expect(pixel == (inside > 0 ? 255 : 0), "pixel \(x), \(y), \(inside) from the edge")
        #expect(moved[y * frame.width + x] == pixel)
      }
    }
  }

  @Test func wholeFramesOfTheirOwnSizeAreTheImage() throws {
    struct Whole: FrameSource {
      let pixelLimit = 24 * 18
      func frame(of image: Int, width: Int, height: Int, using generator: inout SeededGenerator) -> Frame {
        Frame(.fitting(width: width, height: height, short: min(width, height), long: max(width, height)))
      }
    }
    let folder = try pictureFolder(3)
    let dataset = try ImageDataset(paths: [folder.path])
    let loader = try DataLoader(dataset: dataset, batchSize: 3, frames: Whole(), isTraining: false, workers: 0)
    let frames = try #require(try loader.batches(epoch: 0).next()?.frames)
    for index in 0..<3 {
      let image = try dataset.withBytes(of: index) { try EncodedImage(bytes: $0).decode() }
      #expect(frames.images()[index] == image)
    }
  }
}

@Suite struct FrameLoaderTests {
  private struct Content: Equatable {
    let indices: [Int]
    let images: [PixelImage]
    let placements: [FramePlacement]

    init(_ batch: HostBatch) {
      indices = batch.indices
      images = batch.frames?.images() ?? []
      placements = batch.frames?.frames.map(\.placement) ?? []
    }
  }

  private func contents(_ loader: DataLoader, epoch: Int, from batch: Int = 0) throws -> [Content] {
    let iterator = loader.batches(epoch: epoch, startingAt: batch)
    var result: [Content] = []
    while let batch = try iterator.next() { result.append(Content(batch)) }
    return result
  }

  @Test func batchesDoNotDependOnWorkersNorOnWhereAnEpochIsTakenUp() throws {
    let folder = try pictureFolder(23)
    let dataset = try ImageDataset(paths: [folder.path])
    func loader(_ workers: Int, budget: Int = 0) throws -> DataLoader {
      try DataLoader(
        dataset: dataset, batchSize: 4, frames: Parts(), isTraining: true, seed: 5, workers: workers,
        decodedCacheBudget: budget)
    }
    let expected = try contents(try loader(0), epoch: 2)
    #expect(expected.count == 5 && Set(expected.flatMap(\.indices)).count == 20)
    #expect(try contents(try loader(5), epoch: 2) == expected)
    #expect(try contents(try loader(3), epoch: 2, from: 3) == Array(expected[3...]))
    #expect(try contents(try loader(1), epoch: 3) != expected)
    // PNG files are decoded whole either way, so the cache changes nothing.
    #expect(try contents(try loader(2, budget: 1 << 20), epoch: 2) == expected)
  }

  @Test func annotationsStandWithTheirImages() throws {
    let folder = try pictureFolder(9)
    try Data("no image".utf8).write(to: URL(filePath: folder.path).appending(path: "0004.png"))
    let dataset = try ImageDataset(paths: [folder.path])
    for isTraining in [true, false] {
      let loader = try DataLoader(
        dataset: dataset, batchSize: 9, frames: Parts(), isTraining: isTraining, workers: 2)
      let batch = try #require(try loader.batches(epoch: 0).next())
      #expect(
        batch.frames?.frames.flatMap { frame -> [Int] in
          if case .objects(let target) = frame.annotation { target.labels } else { [] }
        } == batch.indices)
      #expect(batch.count == (isTraining ? 9 : 8) && !batch.indices.contains(4))
    }
  }

  @Test func imagesArePaddedToTheLargest() throws {
    let folder = try pictureFolder(4)
    let loader = try DataLoader(
      dataset: try ImageDataset(paths: [folder.path]), batchSize: 4, frames: Parts(), isTraining: true, workers: 0)
    let frames = try #require(try loader.batches(epoch: 0).next()?.frames)
    let (height, width) = frames.paddedSize(divisor: 16)
    #expect(height % 16 == 0 && width % 16 == 0 && height >= frames.frames.map(\.height).max()!)
    #expect(frames.paddedSize(divisor: 16, atLeast: 60) == (64, 64))
    var bytes = [UInt8](repeating: 7, count: 4 * height * width * 3)
    bytes.withUnsafeMutableBytes { frames.copy(into: $0, height: height, width: width) }
    for (index, image) in frames.images().enumerated() {
      for row in 0..<height {
        let start = (index * height + row) * width * 3
        let shown = row < image.height ? image.width * 3 : 0
        let own = row < image.height ? Array(image.pixels[row * shown..<(row + 1) * shown]) : []
        #expect(Array(bytes[start..<start + shown]) == own)
        #expect(bytes[start + shown..<start + width * 3].allSatisfy { $0 == 7 })
      }
    }
  }

  @Test func otherErrorsEndTheEpoch() throws {
    struct Fault: Error {}
    struct Faulty: FrameSource {
      let pixelLimit = 1
      func frame(of image: Int, width: Int, height: Int, using generator: inout SeededGenerator) throws -> Frame {
        throw Fault()
      }
    }
    let folder = try pictureFolder(3)
    let loader = try DataLoader(
      dataset: try ImageDataset(paths: [folder.path]), batchSize: 3, frames: Faulty(), isTraining: true, workers: 1)
    #expect(throws: Fault.self) { try loader.batches(epoch: 0).next() }
  }
}
