import DurableFiles
import Evaluation
import Foundation
import ImageCoding
import ImageData
import SplitMaskCore
import TestSupport
import Testing
import Torch
import VisionModels

@Suite struct FeatureExtractorTests {
  private let side = 8
  private let patch = 4

  private func encoder() throws -> VisionTransformer {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(side), patchSize: patch)
    (config.width, config.depth, config.headCount) = (32, 2, 2)
    var generator = SystemRandomNumberGenerator()
    return try VisionTransformer(config, using: &generator)
  }

  private func pixels(_ seed: UInt64) -> [UInt8] {
    var noise = Noise(seed)
    return (0..<side * side * 3).map { _ in UInt8(127 + 120 * noise.next()) }
  }

  /// Seven images of two classes, of the encoder's size so that nothing is resampled, and one that is no image.
  private func withImages(_ body: (ImageDataset) throws -> Void) throws {
    try withFolder { folder in
      for (name, numbers) in [("cat", 0..<4), ("dog", 4..<7)] {
        let place = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        for number in numbers {
          let image = PixelImage(width: side, height: side, pixels: pixels(UInt64(number)))
          try ImageEncoder.png(image).write(to: place.appendingPathComponent("\(number).png"))
        }
      }
      try Data("nothing".utf8).write(to: folder.appendingPathComponent("cat/2a.png"))
      try body(try ImageDataset(paths: [folder.path], labelled: true))
    }
  }

  /// The mean and the class token of one image, its patches cut by loops.
  private func expected(_ encoder: VisionTransformer, _ seed: UInt64) -> (mean: [Float], classToken: [Float]) {
    let bytes = pixels(seed)
    let statistics = PixelNormalization.imageNet
    var values: [Float] = []
    for row in 0..<(side / patch) {
      for column in 0..<(side / patch) {
        for channel in 0..<3 {
          for y in 0..<patch {
            for x in 0..<patch {
              let byte = bytes[((row * patch + y) * side + column * patch + x) * 3 + channel]
              let value = (Double(byte) / 255 - statistics.mean[channel]) / statistics.standardDeviation[channel]
              values.append(Float(value))
            }
          }
        }
      }
    }
    let tokens = noGrad { encoder(Tensor(values, shape: [1, 4, 48])) }.array(of: Float.self)
    let mean = (0..<32).map { dimension in (1...4).reduce(Float(0)) { $0 + tokens[$1 * 32 + dimension] } / 4 }
    return (mean, Array(tokens[0..<32]))
  }

  @Test func givesOneRowAnImageInOrderAndLeavesOutTheUnreadable() throws {
    let encoder = try encoder()
    try withImages { dataset in
      let extractor = FeatureExtractor(encoder: encoder, normalization: .imageNet, source: "fresh")
      var seen: [Int] = []
      let loader = try extractor.loader(of: dataset, batchSize: 3, workers: 1, processes: .alone)
      let table = try extractor.extract([.mean, .classToken], from: loader, processes: .alone) { done, total in
        seen.append(done)
        #expect(total == 8)
      }
      #expect(seen.last == 7 && table.count == 7 && table.kinds == [.mean, .classToken])
      #expect(table.labels == [0, 0, 0, 0, 1, 1, 1] && table.classNames == ["cat", "dog"])
      #expect(table.names.map { ($0 as NSString).lastPathComponent } == (0..<7).map { "\($0).png" })
      #expect(table.skipped.count == 1 && table.skipped[0].name.hasSuffix("2a.png"))
      let mean = try table.values(.mean).array(of: Float.self)
      let classToken = try table.values(.classToken).array(of: Float.self)
      for image in 0..<7 {
        let wanted = expected(encoder, UInt64(image))
        for dimension in 0..<32 {
          #expect(abs(mean[image * 32 + dimension] - wanted.mean[dimension]) < 1e-5)
          #expect(abs(classToken[image * 32 + dimension] - wanted.classToken[dimension]) < 1e-5)
        }
      }
    }
  }

  /// Threads with batches of their own make the table that one makes.
  @Test(arguments: [2, 3]) func theTableIsTheSameWithAnyNumberOfThreads(threads: Int) throws {
    try withColouredImages(70, unreadable: 2) { dataset in
      let extractor = tinyExtractor(try tinyEncoder())
      func table(_ count: Int) throws -> FeatureTable {
        try withEngineThreads(count) {
          let loader = try extractor.loader(of: dataset, batchSize: 16, workers: 1, processes: .alone)
          #expect(loader.batchSize == max(8, 16 / count))
          return try extractor.extract([.mean, .classToken], from: loader, processes: .alone)
        }
      }
      let (one, many) = (try table(1), try table(threads))
      #expect(one.names == many.names && one.labels == many.labels && one.count == 70)
      #expect(Set(one.skipped.map(\.name)) == Set(many.skipped.map(\.name)) && many.skipped.count == 4)
      for kind in one.kinds {
        let distance = try (one.values(kind) - many.values(kind)).absolute().maximum([]).item()
        #expect(distance < 1e-6, "\(kind): \(distance)")
      }
    }
  }

  @Test func whatProgressThrowsEndsAllThreads() throws {
    struct Stopped: Error, Equatable {}
    try withColouredImages(70) { dataset in
      let extractor = tinyExtractor(try tinyEncoder())
      let loader = try extractor.loader(of: dataset, batchSize: 8, workers: 1, processes: .alone)
      #expect(throws: Stopped()) {
        try withEngineThreads(3) {
          try extractor.extract(from: loader, processes: .alone) { done, _ in if done >= 24 { throw Stopped() } }
        }
      }
    }
  }

  @Test func writesFeaturesWithTheirNamesBeside() throws {
    let features = clusters(count: 5, classes: 2, width: 3, spread: 0.1, seed: 1)
    try withFolder { folder in
      let url = folder.appendingPathComponent("features.safetensors")
      #expect(try features.write(.mean, to: url).map(\.lastPathComponent) == ["features.safetensors", "features.txt"])
      let listing = folder.appendingPathComponent("features.txt")
      let lines = try String(contentsOf: listing, encoding: .utf8).split(separator: "\n").map(String.init)
      // Relative paths lead nowhere from another folder.
      #expect(lines == features.names.map { FileManager.default.currentDirectoryPath + "/" + $0 })
      let file = try SafetensorsFile(url)
      #expect(try file.tensor("features").hasSameValues(as: try features.values(.mean)))
      #expect(file.metadata["features"] == "\"mean\"")
    }
  }

  @Test func aListOfOddNamesOpensAgain() throws {
    try withFolder { folder in
      let names: [[UInt8]] = [
        Array("plain.png".utf8), Array("line\nbreak\r.png".utf8), Array("tab\tand\r".utf8) + Array(".png".utf8),
        Array("caf".utf8) + [0xe9] + Array(".png".utf8), Array("caf".utf8) + [0xe8] + Array(".png".utf8),
        Array("\"q\".png".utf8), Array("#1.png".utf8), Array("back\\x41.png".utf8), Array("a,b.png 5.png".utf8),
      ]
      for (number, name) in names.enumerated() {
        let picture = try ImageEncoder.png(
          PixelImage(width: 8, height: 8, pixels: [UInt8](repeating: UInt8(number), count: 192)))
        let path = Array((folder.path + "/").utf8) + name + [0]
        let file = path.withUnsafeBytes { fopen($0.bindMemory(to: CChar.self).baseAddress!, "w") }
        picture.withUnsafeBytes { _ = fwrite($0.baseAddress!, 1, $0.count, file) }
        fclose(file)
      }
      let dataset = try ImageDataset(paths: [folder.path])
      #expect(dataset.count == names.count)
      let extractor = tinyExtractor(try tinyEncoder())
      let table = try extractor.extract(
        from: try extractor.loader(of: dataset, workers: 0, processes: .alone), processes: .alone)
      try table.write(.mean, to: folder.appendingPathComponent("deep.npy"))
      let again = try ImageDataset(paths: [folder.appendingPathComponent("deep.txt").path])
      #expect((0..<again.count).map { again.name(of: $0) } == (0..<dataset.count).map { dataset.name(of: $0) })
      for index in 0..<dataset.count {
        let (first, second) = (
          try dataset.withBytes(of: index) { Array($0) }, try again.withBytes(of: index) { Array($0) }
        )
        #expect(first == second)
      }
    }
  }

  @Test func featuresAreWrittenAsTheEndingSays() throws {
    let values = table([1, -2.5, 0.1, 3e-7], width: 2, labels: nil, classNames: [])
    try withFolder { folder in
      try values.write(.mean, to: folder.appendingPathComponent("f.CSV"))
      let here = FileManager.default.currentDirectoryPath
      #expect(
        try String(contentsOf: folder.appendingPathComponent("f.CSV"), encoding: .utf8)
          == "path,f0,f1\n\(here)/image0.jpg,1.0,-2.5\n\(here)/image1.jpg,0.1,3e-07\n")
      try values.write(.mean, to: folder.appendingPathComponent("f.npy"))
      // As numpy.save writes np.array([[1, -2.5], [0.1, 3e-7]], dtype="<f4").
      let bytes = Array(try Data(contentsOf: folder.appendingPathComponent("f.npy")))
      let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"
      let padded = header + String(repeating: " ", count: 117 - header.count) + "\n"
      #expect(bytes[..<10] == [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0])
      #expect(String(decoding: bytes[10..<128], as: UTF8.self) == padded)
      #expect(bytes[128...] == [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 0xcd, 0xcc, 0xcc, 0x3d, 0xb0, 0x0f, 0xa1, 0x34])
      let error = #expect(throws: InvalidSetting.self) {
        try values.write(.mean, to: folder.appending(path: "f.parquet"))
      }
      #expect(error?.description.contains("use one of .safetensors, .csv, .npy") == true)
    }
  }

  @Test func anEncoderWithoutAClassTokenHasNoneToGive() throws {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(side), patchSize: patch)
    (config.width, config.depth, config.classToken) = (32, 1, false)
    var generator = SystemRandomNumberGenerator()
    let bare = try VisionTransformer(config, using: &generator)
    try withImages { dataset in
      let extractor = FeatureExtractor(encoder: bare, normalization: .imageNet, source: "fresh")
      let loader = try extractor.loader(of: dataset, workers: 0, processes: .alone)
      #expect(throws: EvaluationError.noClassToken) {
        try extractor.extract([.classToken], from: loader, processes: .alone)
      }
      #expect(try extractor.extract(from: loader, processes: .alone).count == 7)
    }
  }
}
