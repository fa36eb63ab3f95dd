import Foundation
import ImageData
import ImageLoading
import ImageTransforms
import ShapesData
import TestSupport
import Testing

@Suite struct BatchShareTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "shares-\(UUID())")

  private func dataset(_ images: Int) throws -> ImageDataset {
    try ImageDataset(paths: [try pictures(images).path])
  }

  /// The same images in shards of `each`.
  private func shards(_ images: Int, each: Int) throws -> ImageDataset {
    let files = try FileManager.default.subpathsOfDirectory(atPath: try pictures(images).path).sorted()
      .filter { $0.hasSuffix(".jpg") || $0.hasSuffix(".png") }
    let place = folder.appending(path: "shards")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for first in stride(from: 0, to: files.count, by: each) {
      let members = try files[first..<min(files.count, first + each)].map {
        (name: $0, content: try Data(contentsOf: folder.appending(path: "train/\($0)")))
      }
      try tar(members).write(to: place.appending(path: "\(100 + first).tar"))
    }
    return try ImageDataset(paths: [place.path])
  }

  private func pictures(_ images: Int) throws -> URL {
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (images, 16, 16, 0)
    try ShapesDataset(config: config).write(to: folder, workers: 1)
    return folder.appending(path: "train")
  }

  /// The images of every batch of an epoch.
  private func batches(
    _ dataset: ImageDataset, size: Int = 6, transform: DataLoader.Transform, share: BatchShare, workers: Int
  ) throws -> [[Int]] {
    let loader = try DataLoader(
      dataset: dataset, batchSize: size, views: ViewConfiguration(encoder: .init(height: 8, width: 8)),
      transform: transform, seed: 3, workers: workers, share: share)
    let iterator = loader.batches(epoch: 1)
    var found: [[Int]] = []
    while let batch = try iterator.next() { found.append(batch.indices) }
    return found
  }

  @Test(arguments: [2, 3], [0, 2])
  func sharesTogetherAreTheWholeBatchesOfTraining(count: Int, workers: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataset = try dataset(20)
    let training = DataLoader.Transform.training(Augmentation.Config())
    let whole = try batches(dataset, transform: training, share: .whole, workers: workers)
    let parts = try (0..<count).map {
      try batches(dataset, transform: training, share: BatchShare(index: $0, count: count), workers: workers)
    }
    #expect(whole.count == 3)
    for number in whole.indices { #expect(parts.flatMap { $0[number] } == whole[number]) }
  }

  /// 20 images in batches of 6 leave 2 for the last one, so that some processes have nothing of it.
  @Test(arguments: [2, 3], [0, 2])
  func evaluationShowsEveryImageOnce(count: Int, workers: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataset = try dataset(20)
    let shown = try (0..<count).flatMap {
      try batches(
        dataset, transform: .evaluation(resize: 8, crop: 8), share: BatchShare(index: $0, count: count),
        workers: workers)
    }
    #expect(shown.joined().sorted() == Array(0..<20))
  }

  /// 21 images in 4 shards, on 2 machines of 2 processes each: a machine's processes show images of its half alone.
  @Test func machinesDivideShards() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataset = try shards(21, each: 6)
    let training = DataLoader.Transform.training(Augmentation.Config())
    let shown = try (0..<4).map { index -> [Int] in
      try batches(
        dataset, size: 4, transform: training, share: BatchShare(index: index, count: 4, machines: 2), workers: 0
      ).flatMap(\.self)
    }
    #expect(shown.allSatisfy { $0.count == 5 })
    #expect(Set(shown.joined()).count == 20)
    #expect((shown[0] + shown[1]).allSatisfy { $0 < 10 } && (shown[2] + shown[3]).allSatisfy { $0 >= 10 })
    #expect(shown[0] != shown[0].sorted())
  }

  /// What is no shard, and what is on one machine, is drawn from as by a single process.
  @Test(arguments: [(shards: false, machines: 2), (shards: true, machines: 1)])
  func othersAreNotDivided(shards: Bool, machines: Int) throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataset = shards ? try self.shards(20, each: 6) : try dataset(20)
    let training = DataLoader.Transform.training(Augmentation.Config())
    let whole = try batches(dataset, transform: training, share: .whole, workers: 0)
    let parts = try (0..<2).map {
      try batches(
        dataset, transform: training, share: BatchShare(index: $0, count: 2, machines: machines), workers: 0)
    }
    for number in whole.indices { #expect(parts.flatMap { $0[number] } == whole[number]) }
  }

  @Test func batchThatCannotBeSharedOutIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataset = try dataset(20)
    #expect(throws: DatasetError.self) {
      try batches(
        dataset, transform: .evaluation(resize: 8, crop: 8), share: BatchShare(index: 0, count: 4), workers: 0)
    }
  }
}
