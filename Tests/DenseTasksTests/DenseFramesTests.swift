import DenseAnnotations
import DenseTasks
import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ShapesData
import SplitMaskCore
import TestSupport
import Testing

/// Composed images with COCO instances and label maps.
private final class ComposedImages {
  let url: URL

  init(images: Int = 12) throws {
    url = FileManager.default.temporaryDirectory.appending(path: "dense-\(UUID().uuidString)")
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height) = (images, 96, 72)
    try ShapesDataset(config: config).write(to: url, workers: 1)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func objects() throws -> COCODataset {
    try COCODataset(url.appending(path: "instances_train.json"), imageFolder: url)
  }

  func labels() throws -> ADEFolder { try ADEFolder(url, split: "train") }
}

@Suite struct DetectionFramesTests {
  /// What is looked for is what is read.
  @Test(arguments: ["a.jpg", "/a.jpg"])
  func imagesLieBelowTheirFolder(fileName: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "below-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data([1]).write(to: folder.appending(path: "a.jpg"))
    let json = """
      {"images":[{"id":1,"file_name":"\(fileName)","width":64,"height":48}],"categories":[{"id":1,"name":"cat"}],
      "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]}]}
      """
    let url = folder.appending(path: "instances.json")
    try Data(json.utf8).write(to: url)
    let dataset = try COCODataset(url, imageFolder: folder)
    #expect(try dataset.files(ofImages: [0], in: folder).name(of: 0) == folder.path + "/a.jpg")
  }

  @Test func imagesMayHaveAFileForEachChannel() throws {
    let folder = try TemporaryFolder()
    for name in ["a_w1", "a_w2", "b_w1", "b_w2"] {
      try folder.write(
        numpyFile([UInt16](repeating: 5, count: 64 * 48), type: "u2", shape: [48, 64]), to: "\(name).npy")
    }
    func dataset(_ name: String) throws -> COCODataset {
      let json = """
        {"images":[{"id":1,"file_name":"\(name)","width":64,"height":48}],"categories":[{"id":1,"name":"cat"}],
        "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]}]}
        """
      return try COCODataset(folder.write(json, to: "instances.json"), imageFolder: folder.url)
    }
    let pattern = "{site}_w{channel}.npy"
    let images = try dataset("b_w1.npy").files(ofImages: [0], in: folder.url, channelFiles: pattern)
    #expect(images.count == 1 && images.name(of: 0) == folder.path("b_w1.npy") && images.channelNames == ["1", "2"])
    let error = #expect(throws: DatasetError.self) {
      try dataset("b_w2.npy").files(ofImages: [0], in: folder.url, channelFiles: pattern)
    }
    #expect(error?.description.contains("'b_w2.npy' is the first channel of no image") == true)
  }

  @Test func drawsStayWithinTheLimits() {
    var augmentation = DetectionAugmentation()
    (augmentation.shortSides, augmentation.longSide) = ([40, 60], 90)
    (augmentation.cropShortSides, augmentation.cropSides) = ([50, 70], [30, 50])
    var generator = SeededGenerator(seed: 1, purpose: .augmentation)
    var flips = 0
    var crops = 0
    for _ in 0..<400 {
      let placement = augmentation.draw(width: 120, height: 80, using: &generator)
      let (source, short) = (placement.source, min(placement.width, placement.height))
      #expect(source.left >= 0 && source.top >= 0 && source.left + source.width <= 120)
      #expect(source.top + source.height <= 80)
      #expect(short <= 60 && max(placement.width, placement.height) <= 90)
      flips += placement.isFlipped ? 1 : 0
      crops += source.width < 120 || source.height < 80 ? 1 : 0
    }
    #expect((150...250).contains(flips) && (130...250).contains(crops))
  }

  /// What a mask covers of a frame lies in its box, and reaches all four of its edges.
  @Test func boxesAndMasksMoveTogether() throws {
    let data = try ComposedImages()
    let dataset = try data.objects()
    var augmentation = DetectionAugmentation()
    (augmentation.shortSides, augmentation.longSide) = ([60, 100], 200)
    (augmentation.cropShortSides, augmentation.cropSides) = ([80], [50, 80])
    let images = Array(dataset.images.indices)
    let loader = try DataLoader(
      dataset: dataset.files(ofImages: images, in: data.url), batchSize: 5,
      frames: DetectionFrames(dataset, images: images, augmentation: augmentation, hasMasks: true), isTraining: true,
      workers: 0)
    var objects = 0
    for epoch in 0..<3 {
      let batches = loader.batches(epoch: epoch)
      while let batch = try batches.next() {
        for frame in try #require(batch.frames).frames {
          guard case .objects(let target) = frame.annotation else { throw DatasetError("a frame without objects") }
          for (box, mask) in zip(target.boxes, try #require(target.masks)) {
            #expect(mask.width % 32 == 0 && mask.width >= frame.width && mask.height >= frame.height)
            #expect(box.left >= 0 && box.right <= Float(frame.width) && box.bottom <= Float(frame.height))
            // Of an object that is cut off, the rest may not reach the edges that its box has left.
            guard box.left > 0, box.top > 0, box.right < Float(frame.width), box.bottom < Float(frame.height) else {
              continue
            }
            objects += 1
            guard let extent = extent(of: mask) else { continue }
            for (edge, other) in zip(edges(box), edges(extent)) {
              #expect(abs(edge - other) <= 2.5, "\(box), \(extent)")
            }
          }
        }
      }
    }
    #expect(objects > 10)
  }

  private func edges(_ box: Box) -> [Float] { [box.left, box.top, box.right, box.bottom] }

  /// The box around a mask; nil for one of few pixels, which says little about its edges.
  private func extent(of mask: Bitmap) -> Box? {
    let inside = mask.pixels.indices.filter { mask.pixels[$0] == 1 }
    guard inside.count > 40 else { return nil }
    let (columns, rows) = (inside.map { $0 % mask.width }, inside.map { $0 / mask.width })
    return Box(
      left: Float(columns.min()!), top: Float(rows.min()!), right: Float(columns.max()! + 1),
      bottom: Float(rows.max()! + 1))
  }

  @Test func imagesOfAnotherSizeThanListedAreRefused() throws {
    let data = try ComposedImages()
    let dataset = try data.objects()
    let file = data.url.appending(path: dataset.images[0].fileName)
    let other = Canvas(width: 50, height: 40, color: .init(0, 0, 0)).image
    try ImageEncoder.jpeg(other).write(to: file)
    let images = Array(dataset.images.indices)
    let loader = try DataLoader(
      dataset: dataset.files(ofImages: images, in: data.url), batchSize: images.count,
      frames: DetectionFrames(dataset, images: images, augmentation: .init(), hasMasks: false), isTraining: true,
      workers: 0)
    let error = #expect(throws: DatasetError.self) { try loader.batches(epoch: 0).next() }
    #expect(error?.description.contains("50 x 40") == true)
  }
}

@Suite struct SegmentationFramesTests {
  @Test func labelsStandWhereTheirPixelsDo() throws {
    let data = try ComposedImages()
    let folder = try data.labels()
    var augmentation = SegmentationAugmentation()
    (augmentation.shortSide, augmentation.longSide, augmentation.cropSize) = (72, 200, 64)
    augmentation.distortion = nil
    let loader = try DataLoader(
      dataset: folder.imageFiles(), batchSize: 5, frames: SegmentationFrames(folder, augmentation: augmentation),
      isTraining: true, workers: 0)
    let batches = loader.batches(epoch: 0)
    while let batch = try batches.next() {
      for (image, frame) in zip(batch.indices, try #require(batch.frames).frames) {
        guard case .labels(let labels) = frame.annotation else { throw DatasetError("a frame without labels") }
        let placement = frame.placement
        #expect(labels.width == frame.width && labels.height == frame.height)
        #expect(frame.width <= 64 && frame.height <= 64)
        #expect(placement.height >= 36 && placement.height <= 144)
        let whole = try folder.labels(image)
        #expect(labels.values == placement.nearest(whole.values, rowLength: whole.width))
      }
    }
  }

  @Test func aLabelAboveTheClassesNamesItsFile() throws {
    let data = try ComposedImages()
    let folder = try data.labels()
    let pair = folder.pairs[0]
    let size = try EncodedImage(Data(contentsOf: pair.image)).header()
    let values = [UInt8](repeating: 200, count: size.width * size.height)
    try ImageEncoder.png(grey: values, width: size.width, height: size.height).write(to: pair.annotation)
    let loader = try DataLoader(
      dataset: folder.imageFiles(), batchSize: folder.pairs.count,
      frames: SegmentationFrames(folder, augmentation: .init()), isTraining: true, workers: 0)
    let error = #expect(throws: DatasetError.self) { try loader.batches(epoch: 0).next() }
    #expect(error?.description.contains(pair.annotation.path) == true)
    #expect(error?.description.contains("200") == true)
  }
}
