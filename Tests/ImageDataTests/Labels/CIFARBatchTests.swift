import Foundation
import ImageCoding
import ImageData
import ImageLoading
import TestSupport
import Testing

@Suite struct CIFARBatchTests {
  /// A record of a class whose pixels follow from a number, plane by plane.
  private func record(_ label: UInt8, _ number: Int) -> Data {
    Data([label] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 * 13 + number * 7 + $0 / 1024) })
  }

  @Test func imagesAreTheirPlanes() throws {
    let folder = try TemporaryFolder()
    try folder.write(record(3, 1) + record(9, 2), to: "test_batch.bin")
    let dataset = try folder.labelled("test_batch.bin")
    #expect(dataset.classNames == ["3", "9"])
    #expect(dataset.name(of: 1) == folder.path("test_batch.bin:1"))
    let image = try dataset.withBytes(of: 1) { try EncodedImage(bytes: $0).decode() }
    #expect(image.width == 32 && image.height == 32)
    let planes = Array(record(9, 2).dropFirst())
    let interleaved = (0..<1024).flatMap { pixel in (0..<3).map { planes[$0 * 1024 + pixel] } }
    #expect(image.pixels == interleaved)
  }

  @Test func aFolderIsItsTrainingImages() throws {
    let folder = try TemporaryFolder()
    for number in 1...5 { try folder.write(record(UInt8(number), number), to: "data_batch_\(number).bin") }
    try folder.write(record(0, 0) + record(1, 9), to: "test_batch.bin")
    let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    try folder.write(names.joined(separator: "\n") + "\n\n", to: "batches.meta.txt")
    let train = try ImageDataset(paths: [folder.path], labelled: true)
    #expect(train.count == 5)
    #expect(train.classNames == ["automobile", "bird", "cat", "deer", "dog"])
    #expect(train.name(of: 4) == folder.path("data_batch_5.bin:0"))
    #expect(folder.message("test_batch.bin") == "no error")
    // A loader sees them as it sees files.
    let loader = try DataLoader(
      dataset: train, batchSize: 5, views: .init(encoder: .init(height: 32, width: 32)),
      transform: .evaluation(resize: 32, crop: 32), workers: 2)
    let batch = try #require(try loader.batches(epoch: 0).next())
    #expect(batch.labels == [0, 1, 2, 3, 4])
    let first = try train.withBytes(of: 0) { try EncodedImage(bytes: $0).decode() }
    #expect(Array(batch.views[0].bytes[..<3072]) == first.pixels)
  }

  @Test func cutAndForeignFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(record(3, 1).dropLast(), to: "part/test_batch.bin")
    #expect(folder.message("part/test_batch.bin").contains("3072 bytes are no multiple of 3073"))
    try folder.write(record(3, 1) + record(77, 1), to: "hundred.bin")
    #expect(folder.message("hundred.bin").contains("image 1: class 77"))
    // Neither the name nor the size is CIFAR-10's.
    try folder.write(Data([0, 1, 2, 3]), to: "thing.bin")
    #expect(folder.message("thing.bin").contains("neither an image"))
  }
}
