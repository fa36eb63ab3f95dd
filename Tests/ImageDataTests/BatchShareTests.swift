import Foundation
import ImageData
import Testing

@Suite struct BatchShareTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "shares-\(UUID())")

  private func dataset(_ images: Int) throws -> ImageDataset {
    var config = ShapesDataset.Config()
    (config.images, config.width, config.height, config.validationShare) = (images, 16, 16, 0)
    try ShapesDataset(config: config).write(to: folder, workers: 1)
    return try ImageDataset(paths: [folder.appending(path: "train").path])
  }

  /// The images of every batch of an epoch.
  private func batches(
    _ dataset: ImageDataset, transform: DataLoader.Transform, share: BatchShare, workers: Int
  ) throws -> [[Int]] {
    let loader = try DataLoader(
      dataset: dataset, batchSize: 6, views: ViewConfiguration(encoder: .init(height: 8, width: 8)),
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

  @Test func batchThatCannotBeSharedOutIsRefused() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let dataset = try dataset(20)
    #expect(throws: DatasetError.self) {
      try batches(
        dataset, transform: .evaluation(resize: 8, crop: 8), share: BatchShare(index: 0, count: 4), workers: 0)
    }
  }
}
