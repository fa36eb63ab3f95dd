import DurableFiles
import Evaluation
import Foundation
import ImageData
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
      let loader = try extractor.loader(of: dataset, batchSize: 3, workers: 1)
      let table = try extractor.extract([.mean, .classToken], from: loader) { done, total in
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

  @Test func writesFeaturesWithTheirNamesBeside() throws {
    let features = clusters(count: 5, classes: 2, width: 3, spread: 0.1, seed: 1)
    try withFolder { folder in
      let url = folder.appendingPathComponent("features.safetensors")
      let listing = try features.write(.mean, to: url)
      #expect(listing.lastPathComponent == "features.txt")
      let lines = try String(contentsOf: listing, encoding: .utf8).split(separator: "\n").map(String.init)
      #expect(lines == features.names)
      let file = try SafetensorsFile(url)
      #expect(try file.tensor("features").hasSameValues(as: try features.values(.mean)))
      #expect(file.metadata["features"] == "\"mean\"")
    }
  }

  @Test func anEncoderWithoutAClassTokenHasNoneToGive() throws {
    var config = VisionTransformer.Config(.tiny, imageSize: ImageSize(side), patchSize: patch)
    (config.width, config.depth, config.classToken) = (32, 1, false)
    var generator = SystemRandomNumberGenerator()
    let bare = try VisionTransformer(config, using: &generator)
    try withImages { dataset in
      let extractor = FeatureExtractor(encoder: bare, normalization: .imageNet, source: "fresh")
      let loader = try extractor.loader(of: dataset, workers: 0)
      #expect(throws: EvaluationError.noClassToken) { try extractor.extract([.classToken], from: loader) }
      #expect(try extractor.extract(from: loader).count == 7)
    }
  }
}
