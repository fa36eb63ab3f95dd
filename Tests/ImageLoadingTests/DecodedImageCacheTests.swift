import Foundation
import ImageData
import ImageLoading
import ImageTransforms
import TestSupport
import Testing

@Suite struct DecodedImageCacheTests {
  private let views = ViewConfiguration(encoder: .init(height: 8, width: 8), tokenizer: nil)
  private let byteCount = 12 * 9 * 3

  @Test func isMadeOnlyWhereTheImagesFit() throws {
    let folder = try pictureFolder(10)
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(DecodedImageCache(dataset: dataset, budget: 0) == nil)
    #expect(DecodedImageCache(dataset: dataset, budget: 10 * byteCount - 1) == nil)
    #expect(DecodedImageCache(dataset: dataset, budget: 10 * byteCount) != nil)
    #expect(DecodedImageCache(dataset: dataset.subset(0..<5), budget: 5 * byteCount) != nil)
    // Of the machine's memory, as the system tells it elsewhere.
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    #expect(abs(DecodedImageCache.defaultBudget - min(2 << 30, memory / 4)) < 1 << 20)
  }

  /// Files that are gone can only have come from memory.
  @Test func isSharedByTheLoadersOfOneDataSet() throws {
    let folder = try pictureFolder(10)
    let dataset = try ImageDataset(paths: [folder.path])
    let cache = try #require(DecodedImageCache(dataset: dataset, budget: 1 << 20))
    let training = try DataLoader(
      dataset: dataset.subset(2..<10), batchSize: 4, views: views, transform: .training(Augmentation.Config()),
      workers: 2, cache: cache)
    let iterator = training.batches(epoch: 0)
    while try iterator.next() != nil {}
    #expect(cache.byteCount == 8 * byteCount)
    try FileManager.default.removeItem(at: folder.url)
    let evaluation = try DataLoader(
      dataset: dataset, batchSize: 10, views: views, transform: .evaluation(resize: 8, crop: 8), workers: 2,
      cache: cache)
    #expect(try evaluation.batches(epoch: 0).next()?.indices == Array(2..<10))
    #expect(evaluation.skipped.compactMap(\.index).sorted() == [0, 1])
  }

  @Test func neverGrowsBeyondItsBudget() throws {
    let folder = try pictureFolder(4)
    let dataset = try ImageDataset(paths: [folder.path])
    let cache = try #require(DecodedImageCache(dataset: dataset, budget: 4 * byteCount))
    // Larger than when the budget was checked: the first two fit, the others do not.
    for number in 0..<4 {
      try folder.write(try picture(number, width: 24, height: 9), to: String(format: "%04d.png", number))
    }
    let loader = try DataLoader(
      dataset: dataset, batchSize: 4, views: views, transform: .evaluation(resize: 8, crop: 8), workers: 0,
      cache: cache)
    #expect(try loader.batches(epoch: 0).next()?.count == 4)
    #expect(cache.byteCount == 4 * byteCount)
  }
}
