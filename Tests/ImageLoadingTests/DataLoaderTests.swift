import Foundation
import ImageCoding
import ImageData
import ImageLoading
import ImageTransforms
import TestSupport
import Testing

/// What a batch holds, so that batches can be compared.
private struct Content: Equatable {
  let indices: [Int]
  let labels: [Int32]?
  let views: [[UInt8]]

  init(_ batch: HostBatch) {
    indices = batch.indices
    labels = batch.labels
    views = batch.views.map { Array($0.bytes) }
  }
}

private let views = ViewConfiguration(encoder: .init(height: 8, width: 8), tokenizer: .init(height: 4, width: 4))
private let training = DataLoader.Transform.training(Augmentation.Config())
private let evaluation = DataLoader.Transform.evaluation(resize: 8, crop: 8)

private func contents(_ loader: DataLoader, epoch: Int = 0, from batch: Int = 0) throws -> [Content] {
  let iterator = loader.batches(epoch: epoch, startingAt: batch)
  var result: [Content] = []
  while let batch = try iterator.next() { result.append(Content(batch)) }
  return result
}

@Suite struct DataLoaderTests {
  @Test func batchesDoNotDependOnWorkersNorOnWhereAnEpochIsTakenUp() throws {
    let folder = try pictureFolder(23)
    let dataset = try ImageDataset(paths: [folder.path])
    func loader(_ workers: Int, budget: Int) throws -> DataLoader {
      try DataLoader(
        dataset: dataset, batchSize: 4, views: views, transform: training, seed: 5, workers: workers, prefetch: 3,
        decodedCacheBudget: budget)
    }
    let expected = try contents(try loader(0, budget: 0), epoch: 2)
    #expect(expected.count == 5)
    #expect(Set(expected.flatMap(\.indices)).count == 20)
    #expect(expected[0].indices != [0, 1, 2, 3])
    #expect(expected[0].views.map(\.count) == [4 * 8 * 8 * 3, 4 * 4 * 4 * 3])
    for workers in [1, 7] {
      #expect(try contents(try loader(workers, budget: 0), epoch: 2) == expected)
      #expect(try contents(try loader(workers, budget: 0), epoch: 2, from: 3) == Array(expected[3...]))
    }
    #expect(try contents(try loader(1, budget: 0), epoch: 3) != expected)
    #expect(try contents(try loader(1, budget: 0), epoch: 2, from: 5).isEmpty)
    // With a cache: the same the first time, from memory, and with any number of workers.
    let cached = try loader(2, budget: 1 << 20)
    let first = try contents(cached, epoch: 2)
    #expect(cached.cache?.byteCount == 20 * 12 * 9 * 3)
    #expect(try contents(cached, epoch: 2) == first)
    #expect(try contents(try loader(0, budget: 1 << 20), epoch: 2) == first)
  }

  @Test func repeatedImagesStandInARowAndDifferInTheirDraws() throws {
    let folder = try pictureFolder(24)
    let dataset = try ImageDataset(paths: [folder.path])
    func loader(_ workers: Int) throws -> DataLoader {
      try DataLoader(
        dataset: dataset, batchSize: 6, views: views, transform: training, seed: 5, workers: workers, prefetch: 2,
        decodedCacheBudget: 0, repeats: 3)
    }
    let expected = try contents(try loader(0), epoch: 1)
    // Below 256 images an epoch has as many places as there are images, a third of them distinct.
    #expect(expected.map(\.indices.count) == [6, 6, 6, 6])
    let shown = expected.flatMap(\.indices)
    #expect(Set(shown).count == 8)
    for start in stride(from: 0, to: 24, by: 3) { #expect(Set(shown[start..<start + 3]).count == 1) }
    let rows = expected.flatMap { batch in (0..<6).map { Array(batch.views[0][$0 * 192..<($0 + 1) * 192]) } }
    #expect(Set(rows).count == 24, "each copy has a draw of its own")
    for workers in [1, 5] {
      #expect(try contents(try loader(workers), epoch: 1) == expected)
      #expect(try contents(try loader(workers), epoch: 1, from: 2) == Array(expected[2...]))
    }
    // The first copy of an image is what it is without repetitions.
    let single = try DataLoader(
      dataset: dataset, batchSize: 24, views: views, transform: training, seed: 5, workers: 1, decodedCacheBudget: 0)
    let plain = try #require(try contents(single, epoch: 1).first)
    let place = try #require(plain.indices.firstIndex(of: shown[0]))
    #expect(Array(plain.views[0][place * 192..<(place + 1) * 192]) == rows[0])
    #expect(DataLoader.samplesPerEpoch(imageCount: 1000, repeats: 3) == 768)
    #expect(DataLoader.samplesPerEpoch(imageCount: 1000, repeats: 1) == 1000)
    #expect(throws: DatasetError.self) {
      try DataLoader(dataset: dataset, batchSize: 2, views: views, transform: evaluation, repeats: 3)
    }
  }

  @Test func shardsGiveTheSamePixelsAsFiles() throws {
    let folder = try pictureFolder(10)
    let members = try (0..<10).map { (String(format: "%04d.png", $0), try picture($0)) }
    try folder.write(tar(Array(members[..<6])), to: "shards/0.tar")
    try folder.write(tar(Array(members[6...])), to: "shards/1.tar")
    func batches(_ path: String) throws -> [Content] {
      let dataset = try ImageDataset(paths: [path])
      return try contents(try DataLoader(dataset: dataset, batchSize: 5, views: views, transform: training, workers: 2))
    }
    #expect(try batches(folder.path("shards")) == batches(folder.path))
  }

  @Test func evaluationIsInOrderAndKeepsTheLastBatch() throws {
    let folder = try TemporaryFolder()
    for number in 0..<7 { try folder.write(try picture(number), to: "class\(number % 2)/\(number).png") }
    let dataset = try ImageDataset(paths: [folder.path], labelled: true)
    let loader = try DataLoader(dataset: dataset, batchSize: 3, views: views, transform: evaluation, workers: 2)
    let batches = try contents(loader)
    #expect(batches.map(\.indices) == [[0, 1, 2], [3, 4, 5], [6]])
    #expect(batches.map(\.labels) == [[0, 0, 0], [0, 1, 1], [1]])
    #expect(batches[2].views[0].count == 8 * 8 * 3)
  }

  @Test func unreadableImagesAreReplacedInTraining() throws {
    let folder = try pictureFolder(12)
    let readable = try ImageDataset(paths: [folder.path])
    let options = (batchSize: 4, seed: UInt64(1))
    let order = try contents(
      try DataLoader(
        dataset: readable, batchSize: options.batchSize, views: views, transform: training, seed: options.seed,
        workers: 0)
    ).map(\.indices)
    // Two in one slot of successive batches, one in the last batch: the places that follow are known from the rule.
    let bad = [order[0][1], order[1][1], order[2][3]]
    for index in bad { try folder.write(Data("no picture".utf8), to: String(format: "%04d.png", index)) }
    var expected = order
    expected[0][1] = order[2][1]
    expected[1][1] = order[2][1]
    expected[2][3] = order[0][0]
    for workers in [0, 1, 7] {
      let loader = try DataLoader(
        dataset: readable, batchSize: options.batchSize, views: views, transform: training, seed: options.seed,
        workers: workers)
      #expect(try contents(loader).map(\.indices) == expected)
      #expect(try contents(loader, from: 1).map(\.indices) == Array(expected[1...]))
      #expect(Set(loader.skipped.compactMap(\.index)) == Set(bad))
      #expect(loader.skipped.count == 3)
    }
  }

  @Test func unreadableImagesAreLeftOutOfAnEvaluation() throws {
    let folder = try pictureFolder(9)
    let dataset = try ImageDataset(paths: [folder.path])
    let whole = try contents(
      try DataLoader(dataset: dataset, batchSize: 3, views: views, transform: evaluation, workers: 0))
    for index in [1, 3, 4, 5] { try folder.write(Data(), to: String(format: "%04d.png", index)) }
    let loader = try DataLoader(dataset: dataset, batchSize: 3, views: views, transform: evaluation, workers: 2)
    let batches = try contents(loader)
    #expect(batches.map(\.indices) == [[0, 2], [6, 7, 8]])
    let row = 8 * 8 * 3
    #expect(batches[0].views[0] == Array(whole[0].views[0][..<row] + whole[0].views[0][(2 * row)...]))
    #expect(batches[1] == whole[2])
    #expect(loader.skipped.map(\.index).sorted { $0! < $1! } == [1, 3, 4, 5])
  }

  @Test func everyKindOfDamageIsNamedOnce() throws {
    let folder = try pictureFolder(20)
    let dataset = try ImageDataset(paths: [folder.path])
    try folder.write(Data(), to: "0002.png")
    try folder.write(try picture(4).prefix(40), to: "0004.png")
    try folder.write(Data("these are words".utf8), to: "0006.png")
    try FileManager.default.removeItem(atPath: folder.path("0008.png"))
    var bad: Set = [2, 4, 6, 8]
    if geteuid() != 0 {
      try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder.path("0010.png"))
      bad.insert(10)
    }
    let loader = try DataLoader(dataset: dataset, batchSize: 5, views: views, transform: training, workers: 3)
    for epoch in 0..<3 {
      let batches = try contents(loader, epoch: epoch)
      #expect(batches.map(\.indices.count) == [5, 5, 5, 5])
      #expect(bad.isDisjoint(with: batches.flatMap(\.indices)))
    }
    #expect(Set(loader.skipped.compactMap(\.index)) == bad)
    #expect(loader.skipped.count == bad.count)
    let gone = loader.skipped.first { $0.index == 8 }
    #expect(gone?.name == folder.path("0008.png"))
    #expect(gone?.reason.contains("No such file") == true)
  }

  /// A crop beside the damage can be read, one across it cannot; a resume must not see other batches for that.
  @Test func partlyDamagedFilesDoNotMakeBatchesDependOnEarlierEpochs() throws {
    let folder = try TemporaryFolder()
    for number in 0..<8 {
      var jpeg = try ImageEncoder.jpeg(
        PixelImage(width: 160, height: 160, pixels: picturePixels(number, 160, 160)), quality: 90)
      // From the middle on, a marker that does not belong there and no sense; the end stays.
      if number < 3 { jpeg.replaceSubrange((jpeg.count / 2)..<(jpeg.count - 2), with: [0xff, 0xc5, 0xff, 0xc5]) }
      try folder.write(jpeg, to: "\(number).jpg")
    }
    let dataset = try ImageDataset(paths: [folder.path])
    func loader() throws -> DataLoader {
      try DataLoader(
        dataset: dataset, batchSize: 4, views: views, transform: training, workers: 1, decodedCacheBudget: 0)
    }
    let uninterrupted = try loader()
    let epochs = try (0..<12).map { try contents(uninterrupted, epoch: $0) }
    let shown = epochs.joined().flatMap(\.indices).filter { $0 < 3 }
    #expect(!shown.isEmpty && shown.count < 36, "the damage should show in some epochs only")
    #expect(uninterrupted.skipped.count == 3)
    for epoch in [5, 11] { #expect(try contents(try loader(), epoch: epoch) == epochs[epoch]) }
  }

  @Test(arguments: [0, 3]) func moreThanHalfUnreadableIsAnError(workers: Int) throws {
    let folder = try pictureFolder(8)
    for index in 0..<5 { try folder.write(Data("words".utf8), to: String(format: "%04d.png", index)) }
    let dataset = try ImageDataset(paths: [folder.path])
    for transform in [training, evaluation] {
      let loader = try DataLoader(dataset: dataset, batchSize: 4, views: views, transform: transform, workers: workers)
      for _ in 0..<2 {
        let error = #expect(throws: DatasetError.self) { _ = try contents(loader) }
        #expect(error?.description.contains("more than half") == true)
        #expect(error?.description.contains(".png") == true)
      }
    }
  }

  @Test func anIteratorThatIsDroppedEndsItsWorkers() throws {
    let folder = try pictureFolder(40)
    let dataset = try ImageDataset(paths: [folder.path])
    weak var released: DecodedImageCache?
    try autoreleasing {
      let loader = try DataLoader(
        dataset: dataset, batchSize: 2, views: views, transform: training, workers: 4, decodedCacheBudget: 1 << 20)
      released = loader.cache
      for epoch in 0..<20 { #expect(try loader.batches(epoch: epoch).next()?.count == 2) }
    }
    // Each worker holds the cache, so it lives until the last of them has ended.
    let limit = ContinuousClock.now + .seconds(5)
    while released != nil, ContinuousClock.now < limit { usleep(1000) }
    #expect(released == nil)
  }

  @Test func memoryOfBatchesIsUsedAgain() throws {
    let folder = try pictureFolder(16)
    let dataset = try ImageDataset(paths: [folder.path])
    let loader = try DataLoader(
      dataset: dataset, batchSize: 2, views: views, transform: training, workers: 2, prefetch: 2)
    var addresses: Set<UnsafeMutableRawPointer> = []
    for epoch in 0..<10 {
      let iterator = loader.batches(epoch: epoch)
      while let batch = try iterator.next() {
        let address = batch.views[0].bytes.baseAddress!
        #expect(Int(bitPattern: address) % 64 == 0)
        addresses.insert(address)
      }
    }
    // Two ahead, one in hand, and one more when a worker is quicker than the consumer's release.
    #expect(addresses.count <= 4)
    #expect(loader.waitSeconds > 0)
  }

  @Test func firstImagesShareTheBatchsMemory() throws {
    let folder = try pictureFolder(6)
    let dataset = try ImageDataset(paths: [folder.path])
    let loader = try DataLoader(dataset: dataset, batchSize: 6, views: views, transform: training)
    var batch = try loader.batches(epoch: 0).next()
    let whole = try #require(batch?.views[0])
    let pixels = Array(whole.bytes)
    let first = try #require(batch?.first(2))
    #expect(first.indices == Array(batch!.indices[..<2]) && first.views.count == batch!.views.count)
    #expect(first.views[0].bytes.baseAddress == whole.bytes.baseAddress && first.views[0].batchCount == 2)
    batch = nil
    #expect(Array(first.views[0].bytes) == Array(pixels[..<(pixels.count / 3)]), "it keeps the memory")
    #expect(first.first(9).count == 2)
  }

  @Test func impossibleSettingsAreRefused() throws {
    let folder = try pictureFolder(3)
    let dataset = try ImageDataset(paths: [folder.path])
    #expect(throws: DatasetError.self) {
      try DataLoader(dataset: dataset, batchSize: 0, views: views, transform: training)
    }
    #expect(throws: DatasetError.self) {
      try DataLoader(dataset: dataset, batchSize: 4, views: views, transform: training)
    }
    #expect(try DataLoader(dataset: dataset, batchSize: 4, views: views, transform: evaluation).batchesPerEpoch == 1)
  }
}

/// On Linux there are no autorelease pools; a scope is enough.
private func autoreleasing(_ body: () throws -> Void) rethrows {
  try body()
}
