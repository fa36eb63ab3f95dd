import Foundation
import ImageCoding
import ImageData
import TestSupport
import Testing

/// Headers that are read without the rest of a file are those of the whole file.
@Suite struct SampleHeaderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func expectSameHeaders(_ images: ImageDataset) throws {
    let buffer = FileBuffer()
    for index in 0..<images.count {
      let whole = Result { try images.withBytes(of: index) { try EncodedImage(bytes: $0).sampleHeader() } }
      let alone = Result { try images.sampleHeader(of: index, buffer: buffer) }
      switch (whole, alone) {
      case (.success(let whole), .success(let alone)): #expect(whole == alone, "\(images.name(of: index))")
      case (.failure(let whole), .failure(let alone)): #expect("\(whole)" == "\(alone)")
      default: Issue.record("\(images.name(of: index)): \(whole), but \(alone)")
      }
    }
  }

  @Test func ofEveryKindOfFile() throws {
    struct Golden: Decodable { let file: Data }
    let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Goldens/samples/samples.json")
    let files = try JSONDecoder().decode([String: Golden].self, from: Data(contentsOf: goldens))
    for (number, file) in files.values.map(\.file).enumerated() { try folder.write(file, to: "\(number).tif") }
    let images = try ImageDataset(paths: [folder.path])
    #expect(images.count == files.count)
    try expectSameHeaders(images)
  }

  @Test func ofFilesLargerThanTheirHeads() throws {
    let side = 300
    let values = (0..<side * side).map { UInt16(truncatingIfNeeded: $0) }
    try folder.write(numpyFile(values, type: "u2", shape: [side, side]), to: "a.npy")
    // Its directory lies behind its samples.
    try folder.write(tiff([TIFFFixture(side, side, channels: 4) { x, y, _ in x + y }]), to: "b.tif")
    let noise = (0..<side * side * 3).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let image = PixelImage(width: side, height: side, pixels: noise)
    try folder.write(try ImageEncoder.png(image), to: "c.png")
    // A comment of 64 kB before the size.
    var jpeg = try ImageEncoder.jpeg(image)
    jpeg.insert(contentsOf: [0xff, 0xfe, 0xff, 0xff] + [UInt8](repeating: 65, count: 65_533), at: 2)
    try folder.write(jpeg, to: "d.jpg")
    let images = try ImageDataset(paths: [folder.path])
    try expectSameHeaders(images)
    let members = ["a.npy", "b.tif", "c.png", "d.jpg"].map {
      ($0, FileManager.default.contents(atPath: folder.path($0))!)
    }
    try folder.write(tar(members), to: "shards/a.tar")
    try expectSameHeaders(ImageDataset(paths: [folder.path("shards")]))
    try expectSameHeaders(images.tiled(Tiling(size: 64, background: nil)))
  }

  @Test func ofFilesOfOneChannel() throws {
    for channel in 1...3 {
      try folder.write(
        numpyFile([UInt16](repeating: 7, count: 12), type: "u2", shape: [4, 3]), to: "a_w\(channel).npy")
      try folder.write(
        numpyFile([UInt8](repeating: 7, count: 24), type: "u1", shape: [4, 3, 2]), to: "b_w\(channel).npy")
    }
    let images = try ImageDataset(paths: [folder.path], channelFiles: "{site}_w{channel}.npy")
    let header = try images.sampleHeader(of: 0, buffer: FileBuffer())
    #expect(header == (try images.withBytes(of: 0) { try EncodedImage(bytes: $0).sampleHeader() }))
    #expect(header.channelCount == 3 && header.width == 3 && header.height == 4)
    #expect(throws: ImageError.self) { try images.sampleHeader(of: 1, buffer: FileBuffer()) }
  }
}
